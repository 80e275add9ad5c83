import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { joinRootPath, type RootPath, rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';
import { namesIn } from './conf-roots.js';

/** Where the certificates of the authorities lie that a system trusts. Source: crypto/x509 root_linux.go. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
].map(rootPath);
const directories = ['/etc/ssl/certs', '/etc/pki/tls/certs'].map(rootPath);

/** Ten times what there is on any system. */
const limitBytes = 16 * 1024 * 1024;
const limitFiles = 5000;

/** Certificates of authorities as PEM text. */
export interface CaBundle {
  readonly pem: string;
  /** It is what programs of this host find by themselves. */
  readonly isOfHost: boolean;
}

/**
 * The authorities that podman is to trust: those of the environment, else of the new root, else of this host;
 * `undefined` where there are none, so that no certificate is good.
 */
export function caBundle(newRoot: RootView, host: RootView, env: NodeJS.ProcessEnv): CaBundle | undefined {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: named } = env;
  const files = file ? [rootPath(resolve(file))] : bundles;
  const dirs = named ? named.split(':').map((directory) => rootPath(resolve(directory))) : directories;
  const isNamed = Boolean(file || named);
  if (!isNamed && newRoot.hostPath !== '/') {
    const pem = authoritiesIn(newRoot, bundles, directories);
    if (pem !== '') return { pem, isOfHost: false };
  }
  const pem = authoritiesIn(host, files, dirs);
  return pem === '' ? undefined : { pem, isOfHost: true };
}

/** What Go trusts: the first of the files that can be read, and all that lies in the directories; each certificate once. */
function authoritiesIn(root: RootView, files: readonly RootPath[], dirs: readonly RootPath[]): string {
  const certificates = new Set<string>();
  let left = limitBytes;
  const add = (path: RootPath): boolean => {
    const file = root.readFile(path, { limitBytes: left });
    if (!file.ok) return false;
    left -= file.bytes.length;
    for (const [text] of file.bytes.toString('latin1').matchAll(pemCertificate)) certificates.add(text);
    return true;
  };
  files.find(add);
  let count = 0;
  for (const directory of dirs) {
    for (const name of namesIn(root, directory)) {
      const path = joinRootPath(directory, name);
      const entry = root.entry(path);
      // The links by hash lead to a neighbour.
      if (entry.kind === 'symlink' && !entry.target.includes('/')) continue;
      count += 1;
      if (count <= limitFiles) add(path);
    }
  }
  // Who reads them passes over what is none, as Go does; to look at each would take as long as all the rest.
  return [...certificates].some(isCertificate) ? [...certificates].join('\n') : '';
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z\d+/=\s]*-----END CERTIFICATE-----/g;

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
