import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../support/exec.js';

/** PEM texts of a certificate and its private key. */
export interface CertifiedKey {
  readonly cert: string;
  readonly key: string;
}

/** Every certificate that a run needs, made once. */
export interface TestCertificates {
  /** The authority that every client of the run trusts (SSL_CERT_FILE). */
  readonly trustedCa: string;
  /** The authority that only a `ca.crt` of certs.d brings. */
  readonly otherCa: string;
  /** For all hosts of the run, by the trusted authority and by the other one. */
  readonly trusted: CertifiedKey;
  readonly other: CertifiedKey;
  /** The authority of client certificates. */
  readonly clientCa: string;
  /** Client certificates by their common names. */
  readonly clients: ReadonlyMap<string, CertifiedKey>;
  /** Path of a file with `trustedCa`. */
  readonly trustedCaFile: string;
}

/**
 * Makes certificates for `hosts` (names without ports) and client certificates with the names `clients`, with
 * openssl(1), in `directory`.
 *
 * @throws Error with what openssl said
 */
export async function testCertificates(
  directory: string,
  hosts: readonly string[],
  clients: readonly string[],
): Promise<TestCertificates> {
  const config = join(directory, 'openssl.cnf');
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  await writeFile(
    config,
    `[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = ${names}
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`,
  );
  async function certify(name: string, extensions: string, issuer?: string): Promise<CertifiedKey> {
    const [certFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
    const issued =
      issuer === undefined
        ? []
        : ['-CA', join(directory, `${issuer}.crt`), '-CAkey', join(directory, `${issuer}.key`)];
    await execOk('openssl', [
      ...['req', '-x509', '-config', config, '-days', '2', '-subj', `/CN=${name}`, '-extensions', extensions],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'],
      ...['-keyout', keyFile, '-out', certFile, ...issued],
    ]);
    return { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  }
  const trustedCa = await certify('trusted-ca', 'authority');
  const otherCa = await certify('other-ca', 'authority');
  const clientCa = await certify('client-ca', 'authority');
  const clientKeys = new Map<string, CertifiedKey>();
  for (const name of clients) clientKeys.set(name, await certify(name, 'client', 'client-ca'));
  return {
    trustedCa: trustedCa.cert,
    otherCa: otherCa.cert,
    clientCa: clientCa.cert,
    trusted: await certify('trusted', 'server', 'trusted-ca'),
    other: await certify('other', 'server', 'other-ca'),
    clients: clientKeys,
    trustedCaFile: join(directory, 'trusted-ca.crt'),
  };
}
