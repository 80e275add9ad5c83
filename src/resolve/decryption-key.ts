import type { Roots } from '../root/open-roots.js';
import type { HostPath } from '../root/path.js';
import type { Sited } from '../scan/bound-image.js';
import { findInRoots } from './find-in-roots.js';
import type { Finding } from './finding.js';

export interface DecryptionKey {
  readonly hostPath: HostPath;
  /** A secret. `undefined` for a key without one. */
  readonly passphrase: string | undefined;
}

/** Resolves `PATH[:PASSPHRASE]` (podman-pull(1), `--decryption-key`). */
export function resolveDecryptionKey(
  key: Sited<string> | undefined,
  roots: Roots,
): Finding<DecryptionKey | undefined> {
  if (key === undefined) return { value: undefined, diagnostics: [] };
  const colon = key.value.indexOf(':');
  const path = colon < 0 ? key.value : key.value.slice(0, colon);
  const passphrase = colon < 0 ? undefined : key.value.slice(colon + 1);
  const found = findInRoots('decryption key', 'file', { value: path, place: key.place }, roots);
  if (!found.ok) return { value: undefined, diagnostics: [found.diagnostic] };
  return { value: { hostPath: found.at.hostPath, passphrase }, diagnostics: [] };
}
