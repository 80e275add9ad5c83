import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryName } from '../model/reference/reference.js';
import type { AuthCandidate, ResolvedImage } from '../model/resolved-image.js';
import type { PullFiles } from '../tools/podman/pull-command.js';
import { findProgram } from '../tools/process/find-program.js';

/**
 * Writes what podman needs as a file for one pull into `directory`, readable by this user only: certificates, a key
 * and its passphrase. Secrets reach podman in this way and in no other, and podman gets the path of no file of a root:
 * what was read and judged there could be exchanged before podman opens it.
 */
export function writePrivateFiles(directory: string, resolved: ResolvedImage): Omit<PullFiles, 'authfile'> {
  const { certificates, decryptionKey } = resolved;
  let certDir: string | undefined;
  if (certificates !== undefined) {
    certDir = join(directory, 'certs.d');
    mkdirSync(certDir, { mode: 0o700, recursive: true });
    for (const { name, bytes } of certificates) writePrivate(join(certDir, name), bytes);
  }
  if (decryptionKey === undefined) return { certDir, decryptionKey: undefined };
  const keyFile = join(directory, 'key');
  writePrivate(keyFile, decryptionKey.key);
  if (decryptionKey.passphrase === undefined) return { certDir, decryptionKey: keyFile };
  const passphraseFile = join(directory, 'passphrase');
  writePrivate(passphraseFile, decryptionKey.passphrase);
  // ocicrypt's way to name a file with the password (utils/utils.go, `processPwdString`).
  return { certDir, decryptionKey: `${keyFile}:file=${passphraseFile}` };
}

/** The auth file for one candidate; `undefined` for podman's own choice. */
export function authfileFor(
  directory: string,
  { image: { reference } }: ResolvedImage,
  candidate: AuthCandidate,
): string | undefined {
  if (candidate.kind === 'own' || reference.transport !== 'docker') return undefined;
  const path = join(directory, 'auth.json');
  if (candidate.kind === 'file') {
    writePrivate(
      path,
      candidate.authFile.copy((program) => findProgram(program) !== undefined),
    );
    return path;
  }
  const auth = Buffer.from(candidate.creds).toString('base64');
  writePrivate(path, JSON.stringify({ auths: { [repositoryName(reference)]: { auth } } }));
  return path;
}

function writePrivate(path: string, content: string | Buffer): void {
  writeFileSync(path, content, { mode: 0o600 });
}
