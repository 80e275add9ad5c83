import type { ErrorCode } from '../model/error.js';

/** Exit statuses; 70 and 75 are EX_SOFTWARE and EX_TEMPFAIL of sysexits(3): systemd can be told when to try again. */
export const exitStatus = {
  ok: 0,
  imageMissing: 1,
  usage: 2,
  configuration: 3,
  toolMissing: 4,
  mistake: 70,
  transient: 75,
} as const;

export function statusOfError(code: ErrorCode): number {
  switch (code) {
    case 'usage':
      return exitStatus.usage;
    case 'tool-missing':
    case 'tool-too-old':
    case 'unsupported-host':
      return exitStatus.toolMissing;
    case 'store':
    case 'temporary-files':
    case 'deployment':
    case 'state':
    case 'limit':
      return exitStatus.imageMissing;
    case 'store-busy':
    case 'busy':
    case 'exhausted':
      return exitStatus.transient;
  }
}
