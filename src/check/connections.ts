import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { ImageRequest } from '../scan/bound-image.js';

/** Secrets that anybody can read: in the image of the OS, or on the way to the registry. */
export function checkConnection({ options, reference }: ImageRequest): readonly Diagnostic[] {
  const { creds, tlsVerify } = options;
  const isPinned = reference.transport === 'docker' && reference.digest !== null;
  return [
    ...(creds === undefined ? [] : [diagnose('creds-readable', creds.place, {})]),
    ...(tlsVerify?.value === false ? [diagnose('tls-not-verified', tlsVerify.place, { isPinned })] : []),
  ];
}
