import { constants, createHash } from 'node:crypto';
import { checkServerIdentity, createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { errorText } from '../../../model/error.js';
import type { CertificateFile } from '../../../model/resolved-image.js';
import type { Trust } from './exchange.js';

/** What a connection of TLS is made with. */
export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/**
 * PEM texts of the CAs of the system; `undefined` for those of Node. Asked for once, with the first connection that
 * needs them.
 */
export type SystemCas = () => readonly string[] | undefined;

/** Those of TLS 1.2 that podman offers. Source: ClientDefault in github.com/docker/go-connections tlsconfig/config.go. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** What is the same for two connections that trust the same and show the same. */
export function trustKey({ certificates, isOwnHost, isInsecure }: Trust): string {
  return `${isInsecure ? 'insecure' : 'verified'} ${isOwnHost ? 'own' : 'other'} ${certificatesKey(certificates)}`;
}

const keys = new WeakMap<readonly CertificateFile[], string>();

function certificatesKey(files: readonly CertificateFile[]): string {
  if (files.length === 0) return '';
  let key = keys.get(files);
  if (key === undefined) {
    const hash = createHash('sha256');
    for (const { name, bytes } of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
    key = hash.digest('hex');
    keys.set(files, key);
  }
  return key;
}

/**
 * Makes the TLS settings of connections, as Go's library would: from TLS 1.2 on, certificates of `.crt` files beside
 * those of the system, each of them trusted whatever it is, `.cert` with `.key` shown to a server that asks. A file of
 * such a pair without the other one is a mistake; what is no certificate in a `.crt` counts for nothing.
 * Source: SetupCertificates in go.podman.io/image pkg/tlsclientconfig/tlsclientconfig.go.
 *
 * @returns a clause that says what is wrong with the files, for a failure
 */
export function tlsSettings(systemCas: SystemCas): (trust: Trust) => TlsOptions | string {
  // A context of a whole bundle takes milliseconds.
  const made = new Map<string, TlsOptions | string>();
  return (trust) => {
    const key = trustKey(trust);
    const options = made.get(key) ?? makeOptions(trust, systemCas);
    made.set(key, options);
    return options;
  };
}

function makeOptions(
  { certificates, isOwnHost, isInsecure }: Trust,
  systemCas: SystemCas,
): TlsOptions | string {
  const fault = pairFault(certificates);
  if (fault !== null) return fault;
  const ending = (end: string) => certificates.filter(({ name }) => name.endsWith(end));
  const own = ending('.crt').map(({ bytes }) => bytes.toString('latin1'));
  const pairs = (isOwnHost ? ending('.cert') : []).map(({ name, bytes }) => ({
    cert: bytes,
    key: keyOf(name, certificates)?.bytes,
  }));
  const common = {
    minVersion: 'TLSv1.2',
    ciphers,
    allowPartialTrustChain: true,
    // Go does not ask a server for RFC 5746 either.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  } as const;
  try {
    // Each has to be good. OpenSSL has room for one; podman shows the first that the server takes.
    for (const pair of pairs) createSecureContext(pair);
    const client = pairs[0] ?? {};
    // Nothing is verified, so no CA is needed.
    const system = isInsecure ? [] : systemCas();
    const isNodes = system === undefined && own.length === 0;
    const ca = isNodes ? {} : { ca: [...(system ?? rootCertificates), ...own].flatMap(certificatesOf) };
    const secureContext = createSecureContext({ ...common, ...client, ...ca });
    return { secureContext, rejectUnauthorized: !isInsecure, checkServerIdentity: checkNames };
  } catch (error) {
    const what = pairs.length === 0 ? 'TLS' : 'the client certificate';
    return `${what} cannot be used: ${errorText(error)}`;
  }
}

/** A certificate is for the names that it lists; its subject is none of them, as since Go 1.15. */
const checkNames: typeof checkServerIdentity = (hostname, certificate) =>
  checkServerIdentity(hostname, { ...certificate, subject: { ...certificate.subject, CN: '' } });

function pairFault(files: readonly CertificateFile[]): string | null {
  for (const { name } of files) {
    if (name.endsWith('.cert') && keyOf(name, files) === undefined) {
      return `the key of the client certificate ${name} is missing; the name of a CA certificate ends with .crt`;
    }
    if (name.endsWith('.key') && !files.some((file) => file.name === name.replace(/\.key$/, '.cert'))) {
      return `the client certificate of the key ${name} is missing`;
    }
  }
  return null;
}

function keyOf(name: string, files: readonly CertificateFile[]): CertificateFile | undefined {
  return files.find((file) => file.name === name.replace(/\.cert$/, '.key'));
}

/** Each certificate of a PEM text by itself: behind one that is damaged, OpenSSL reads no further. */
function certificatesOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
