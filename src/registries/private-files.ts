import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFile } from '../model/resolved-image.js';
import { findProgram } from '../tools/process/find-program.js';
import type { RegistriesConf } from './conf/registries-file.js';
import { writtenRegistriesConf } from './conf/written.js';

/** How a system reaches its registries: what podman is to be told, and nothing of this host beside it. */
export interface PrivateRegistries {
  readonly configuration: RegistriesConf;
  /** What certs.d has, by `HOST[:PORT]`. */
  readonly certificates: ReadonlyMap<string, readonly CertificateFile[]>;
  /** The certificates of the authorities that the system trusts, in PEM; `undefined` for those of this host. */
  readonly ca: Buffer | undefined;
}

/** Writes registries.conf and certs.d into a directory, readable by this user only. */
export function writeRegistries(directory: string, { configuration, certificates }: PrivateRegistries): void {
  const text = writtenRegistriesConf(configuration, (program) => findProgram(program) !== undefined);
  writePrivate(join(directory, 'registries.conf'), text);
  for (const [host, files] of certificates) {
    const certDir = makePrivate(join(directory, 'certs.d', host));
    for (const { name, bytes } of files) writePrivate(join(certDir, name), bytes);
  }
}

/**
 * Variables with which a program of Go's trusts the authorities in `ca` and no others, where our own environment does
 * not say whom to trust. `empty` is a directory with nothing in it, for else it would also look into those of the host.
 * Source: crypto/x509 root_unix.go.
 */
export function authorities(
  directory: string,
  empty: string,
  { ca }: Pick<PrivateRegistries, 'ca'>,
  { SSL_CERT_FILE: file, SSL_CERT_DIR: directories }: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  if (ca === undefined || file || directories) return {};
  const path = join(directory, 'ca.pem');
  writePrivate(path, ca);
  return { SSL_CERT_FILE: path, SSL_CERT_DIR: empty };
}

/** Makes a directory with its parents, and returns its path. */
export function makePrivate(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

export function writePrivate(path: string, content: string | Buffer): void {
  writeFileSync(path, content, { mode: 0o600 });
}
