import type { NoCredentials } from '../model/registry-source.js';
import { printable } from '../text/printable.js';

/** Credentials that there should be and that could not be had; the texts hold no secret. */
export function noCredentials(message: string, hint: string | null): NoCredentials {
  return {
    kind: 'failed',
    failure: { code: 'authfile', kind: 'permanent', message: printable(message), hint },
  };
}
