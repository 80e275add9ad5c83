import type { ErrorCode } from '../model/error.js';
import { type Failure, isTransient } from '../model/failure.js';

/** Exit statuses; 75 is EX_TEMPFAIL of sysexits(3), so that systemd can be told to try again. */
export const exitStatus = {
  ok: 0,
  imageMissing: 1,
  usage: 2,
  configuration: 3,
  toolMissing: 4,
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
    case 'busy':
    case 'exhausted':
      return exitStatus.transient;
  }
}

/** One image that no later try will bring decides for all: the root cannot be completed. */
export function statusOfErrors(errors: readonly Failure[]): number {
  if (errors.length === 0) return exitStatus.ok;
  return errors.every(isTransient) ? exitStatus.transient : exitStatus.imageMissing;
}
