import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from './exec.js';
import { newTempDir } from './temp.js';

/** Paths of a PEM certificate and its unencrypted private key. */
export type ServerCertificate = { readonly certFile: string; readonly keyFile: string };

/** A private certificate authority that no system trusts. */
export type CertificateAuthority = {
  readonly certFile: string;
  /** Issues a certificate for `names`, else for 127.0.0.1 and localhost; `name` is its common name and file name. */
  readonly issue: (name: string, names?: string) => Promise<ServerCertificate>;
  /** Makes `dir` a directory for podman's `--cert-dir`, holding only `ca.crt`: containers-certs.d(5). */
  readonly writeCertDir: (dir: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

const opensslConfig = `
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
subjectAltName = $ENV::NAMES
`;
const loopback = 'IP:127.0.0.1, DNS:localhost';

/** Creates an authority with a P-256 key in a temporary directory; valid for two days. */
export async function newCertificateAuthority(): Promise<CertificateAuthority> {
  const temp = await newTempDir();
  const config = join(temp.path, 'openssl.cnf');
  const certify = async (name: string, names: string, ...args: string[]): Promise<ServerCertificate> => {
    const certFile = join(temp.path, `${name}.crt`);
    const keyFile = join(temp.path, `${name}.key`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', keyFile];
    const request = ['req', '-x509', '-config', config, '-days', '2', '-subj', `/CN=${name}`];
    await execOk('openssl', [...request, ...key, '-out', certFile, ...args], { env: { NAMES: names } });
    return { certFile, keyFile };
  };
  try {
    await writeFile(config, opensslConfig);
    const authority = await certify('ca', loopback, '-extensions', 'authority');
    const issuer = ['-CA', authority.certFile, '-CAkey', authority.keyFile];
    return {
      certFile: authority.certFile,
      issue: (name, names = loopback) => certify(name, names, '-extensions', 'server', ...issuer),
      writeCertDir: async (dir) => {
        await mkdir(dir, { recursive: true });
        await copyFile(authority.certFile, join(dir, 'ca.crt'));
      },
      remove: temp.remove,
    };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}
