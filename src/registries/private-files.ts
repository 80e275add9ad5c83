import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrors } from '../diagnostic/diagnostic.js';
import { findProgram } from '../tools/process/find-program.js';
import type { RegistryAccess } from './access.js';
import { writtenRegistriesConf } from './conf/written.js';

/** How a system reaches its registries, of what a `RegistryAccess` knows. */
export type PrivateRegistries = Pick<
  RegistryAccess,
  'configuration' | 'certificates' | 'foreignCa' | 'isOfHost'
>;

/** No TOML, so that podman pulls nothing, as the next boot's will; what is wrong with which file is a finding. */
const refused = 'the registries.conf of the next boot is invalid\n';

/** Writes registries.conf and certs.d into a directory, readable by this user only. */
export function writeRegistries(directory: string, { configuration, certificates }: PrivateRegistries): void {
  const text = hasErrors(configuration.diagnostics)
    ? refused
    : writtenRegistriesConf(configuration, (program) => findProgram(program) !== undefined);
  writePrivate(join(directory, 'registries.conf'), text);
  for (const [host, found] of certificates()) {
    const certDir = makePrivate(join(directory, 'certs.d', host));
    if (found.ok) for (const { name, bytes } of found.files) writePrivate(join(certDir, name), bytes);
    // As the next boot will, podman is to refuse this registry: a certificate without its key is an error.
    else writePrivate(join(certDir, 'unusable.cert'), '');
  }
}

/**
 * Variables with which a program of Go's trusts the authorities that it does not find by itself, and no others. `empty`
 * is a directory with nothing in it, for else it would also look into those of the host.
 * Source: crypto/x509 root_unix.go.
 */
export function authorities(
  directory: string,
  empty: string,
  { foreignCa }: Pick<PrivateRegistries, 'foreignCa'>,
): Readonly<Record<string, string>> {
  const pem = foreignCa();
  if (pem === undefined) return {};
  const path = join(directory, 'ca.pem');
  writePrivate(path, pem);
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
