import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateFile } from '../../../../src/model/resolved-image.js';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority in a directory of its own. */
export interface Authority extends Disposable {
  readonly cert: string;
  /** @param names such as `IP:127.0.0.1`; '' for a certificate that lists none */
  issue(name: string, names: string, validity?: 'now' | 'past'): KeyPair;
}

/** `openssl ca` alone makes certificates of the past: newer versions of the others refuse to. */
const config = `
[ca]
default_ca = own
[own]
new_certs_dir = DIRECTORY
database = DIRECTORY/index
serial = DIRECTORY/serial
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
`;

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
const times = {
  now: ['20200101000000Z', '20991231235959Z'],
  past: ['20200101000000Z', '20200102000000Z'],
} as const;

/** With keys on the curve P-256, which are made in milliseconds. */
export function newAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string) => join(directory, name);
  const write = (name: string, text: string) => writeFileSync(path(name), text);
  const read = (name: string) => readFileSync(path(name), 'utf8');
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const request = (name: string, ...args: readonly string[]) =>
    openssl(
      'req',
      '-config',
      path('cnf'),
      '-subj',
      `/CN=${name}`,
      ...key,
      '-keyout',
      path(`${name}.key`),
      ...args,
    );
  write('cnf', config.replaceAll('DIRECTORY', directory));
  write('index', '');
  write('serial', '01\n');
  request('ca', '-x509', '-days', '2', '-extensions', 'authority', '-out', path('ca.crt'));
  return {
    cert: read('ca.crt'),
    issue: (name, names, validity = 'now') => {
      const [start, end] = times[validity];
      request(name, '-new', '-out', path('csr'));
      write(
        'extensions',
        `basicConstraints = CA:FALSE\n${names === '' ? '' : `subjectAltName = ${names}`}\n`,
      );
      const by = ['-cert', path('ca.crt'), '-keyfile', path('ca.key'), '-md', 'sha256'];
      const is = ['-startdate', start, '-enddate', end, '-extfile', path('extensions')];
      const files = ['-in', path('csr'), '-out', path(`${name}.crt`)];
      openssl('ca', '-batch', '-notext', '-config', path('cnf'), ...by, ...is, ...files);
      return { cert: read(`${name}.crt`), key: read(`${name}.key`) };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

export function file(name: string, text: string): CertificateFile {
  return { name, bytes: Buffer.from(text) };
}
