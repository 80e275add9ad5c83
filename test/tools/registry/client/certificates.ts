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
  /**
   * @param names such as `IP:127.0.0.1`; '' for a certificate that lists none
   * @param days until its end
   */
  issue(name: string, names: string, days?: number): KeyPair;
}

const config = `
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
`;

/** With keys on the curve P-256, which are made in milliseconds. */
export function newAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string) => join(directory, name);
  const make = (name: string, section: string, ...args: readonly string[]): KeyPair => {
    writeFileSync(path(`${name}.cnf`), `${config}\n[own]\n${section}\n`);
    const key = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-noenc',
      '-keyout',
      path(`${name}.key`),
    ];
    const request = ['req', '-x509', '-config', path(`${name}.cnf`), '-subj', `/CN=${name}`];
    execFileSync('openssl', [...request, ...key, '-out', path(`${name}.crt`), ...args], { stdio: 'pipe' });
    return {
      cert: readFileSync(path(`${name}.crt`), 'utf8'),
      key: readFileSync(path(`${name}.key`), 'utf8'),
    };
  };
  const { cert } = make('ca', '', '-extensions', 'authority', '-days', '2');
  return {
    cert,
    issue: (name, names, days = 2) => {
      const extensions = `basicConstraints = CA:FALSE\n${names === '' ? '' : `subjectAltName = ${names}`}`;
      const { key } = make(name, extensions, '-extensions', 'own', '-days', '2');
      const signed = ['-extfile', path(`${name}.cnf`), '-extensions', 'own', '-days', String(days)];
      const issuer = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial'];
      const request = execFileSync('openssl', [
        'x509',
        '-x509toreq',
        '-in',
        path(`${name}.crt`),
        '-signkey',
        path(`${name}.key`),
      ]);
      const cert = execFileSync('openssl', ['x509', '-req', ...issuer, ...signed], {
        input: request,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      return { cert, key };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

export function file(name: string, text: string): CertificateFile {
  return { name, bytes: Buffer.from(text) };
}
