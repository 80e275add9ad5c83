import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../support/exec.js';

/** A certificate that something is wrong with, or not. */
export interface CertificateToMake {
  readonly from?: 'past' | 'future';
  /** `subjectAltName`; null for none. */
  readonly names?: string | null;
  readonly commonName?: string;
  readonly digest?: 'sha1' | 'sha256';
  /** For openssl's `-newkey`. */
  readonly key?: readonly string[];
  readonly issuer?: 'trusted' | 'unknown' | 'itself' | 'no authority';
  /** `extendedKeyUsage` */
  readonly use?: string;
  /** More lines of extensions, as in x509v3_config(5). */
  readonly more?: readonly string[];
}

export interface MadeCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certifier {
  /** Of the authority that is to be trusted. */
  readonly authority: string;
  readonly make: (name: string, certificate?: CertificateToMake) => Promise<MadeCertificate>;
}

const curve = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
/** As openssl-ca(1) reads them. */
const times = {
  past: ['20200101000000Z', '20200102000000Z'],
  future: ['20900101000000Z', '20910101000000Z'],
  now: ['20200101000000Z', '20900101000000Z'],
} as const;

const config = `[ca]
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

/** Makes authorities and certificates in the directory; the openssl of this machine decides what can be made. */
export async function newCertifier(directory: string): Promise<Certifier> {
  const at = (name: string) => join(directory, name);
  await writeFile(at('ca.cnf'), config.replaceAll('DIRECTORY', directory));
  await writeFile(at('index'), '');
  await writeFile(at('serial'), '01\n');
  const newKey = (name: string, key: readonly string[]) => [
    ...['req', '-config', at('ca.cnf'), '-newkey', ...key, '-noenc', '-keyout', at(`${name}.key`)],
  ];
  const authority = (name: string) =>
    execOk('openssl', [
      ...newKey(name, curve),
      ...[
        '-x509',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-extensions',
        'authority',
        '-out',
        at(`${name}.crt`),
      ],
    ]);
  await authority('trusted');
  await authority('unknown');
  const make: Certifier['make'] = async (name, certificate = {}) => {
    const { from, names = 'IP:127.0.0.1, DNS:localhost', commonName = name, digest = 'sha256' } = certificate;
    const { key = curve, issuer = 'trusted', use, more = [] } = certificate;
    if (issuer === 'no authority') await make(`${name}-issuer`, {});
    const signer = issuer === 'no authority' ? `${name}-issuer` : issuer;
    await execOk('openssl', [...newKey(name, key), '-new', '-subj', `/CN=${commonName}`, '-out', at('csr')]);
    const extensions = [
      'basicConstraints = critical, CA:FALSE',
      ...(names === null ? [] : [`subjectAltName = ${names}`]),
      ...(use === undefined ? [] : [`extendedKeyUsage = ${use}`]),
      ...more,
    ];
    await writeFile(at('extensions'), `${extensions.join('\n')}\n`);
    const by =
      issuer === 'itself'
        ? ['-selfsign', '-keyfile', at(`${name}.key`)]
        : ['-cert', at(`${signer}.crt`), '-keyfile', at(`${signer}.key`)];
    const [start, end] = times[from ?? 'now'];
    await execOk('openssl', [
      ...['ca', '-batch', '-notext', '-config', at('ca.cnf'), '-md', digest, ...by, '-in', at('csr')],
      ...['-startdate', start, '-enddate', end, '-extfile', at('extensions'), '-out', at(`${name}.crt`)],
    ]);
    const [certFile, keyFile] = [at(`${name}.crt`), at(`${name}.key`)];
    return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
  };
  return { authority: at('trusted.crt'), make };
}
