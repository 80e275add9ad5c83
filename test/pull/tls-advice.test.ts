import { expect, test } from 'vitest';
import { tlsAdvice } from '../../src/pull/tls-advice.js';
import { networkRefusal } from '../../src/tools/registry/client/network-refusal.js';

const kinds = {
  http: /plain HTTP.*port.*TLSVerify=false.*tls-verify = false.*insecure = true/,
  files: /^repair the files in the certificate directory/,
  client: /client certificate.*NAME\.cert and NAME\.key/,
  date: /clock.*renewed/,
  name: /name that the certificate of the registry has/,
  authority: /^put the CA of the registry.*CertDir= or cert-dir$/,
  version: /no version or cipher of TLS in common/,
  other: /^see what is wrong with the certificate/,
};

const get = 'pinging container registry r.example.com: Get "https://r.example.com/v2/": ';

/** What our client says of an error of Node. */
function client(code: string, message: string, reason?: string): string {
  const error = Object.assign(new Error(message), { code, reason });
  return networkRefusal({ method: 'GET', url: new URL('https://r.example.com/v2/') }, error).failure.message;
}

test.each<readonly [keyof typeof kinds, string]>([
  ['http', `${get}http: server gave HTTP response to HTTPS client`],
  ['http', `${get}tls: first record does not look like a TLS handshake`],
  ['http', client('EPROTO', 'write EPROTO', 'wrong version number')],
  ['authority', `${get}x509: certificate signed by unknown authority`],
  [
    'authority',
    `${get}tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "x509: invalid signature")`,
  ],
  ['authority', client('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate')],
  ['authority', client('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain')],
  ['authority', client('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate')],
  ['authority', client('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate')],
  ['name', `${get}x509: certificate is valid for a.example.com, not r.example.com`],
  ['name', `${get}x509: certificate is not valid for any names, but wanted to match r.example.com`],
  ['name', `${get}x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs`],
  ['name', `${get}x509: certificate relies on legacy Common Name field, use SANs instead`],
  [
    'name',
    client(
      'ERR_TLS_CERT_ALTNAME_INVALID',
      "Hostname/IP does not match certificate's altnames: Host: r.example.com. is not in the cert's altnames: DNS:a",
    ),
  ],
  ['name', `${get}remote error: tls: unrecognized name`],
  [
    'date',
    `${get}x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025`,
  ],
  ['date', client('CERT_HAS_EXPIRED', 'certificate has expired')],
  ['date', client('CERT_NOT_YET_VALID', 'certificate is not yet valid')],
  ['client', `${get}remote error: tls: certificate required`],
  ['client', `${get}remote error: tls: bad certificate`],
  ['client', `${get}remote error: tls: unknown certificate authority`],
  ['client', `${get}remote error: tls: expired certificate`],
  ['client', client('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'x', 'tlsv13 alert certificate required')],
  ['client', client('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'x', 'tlsv1 alert unknown ca')],
  ['client', client('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'x', 'sslv3 alert certificate expired')],
  ['version', `${get}remote error: tls: protocol version not supported`],
  ['version', `${get}tls: server selected unsupported protocol version 301`],
  ['version', `${get}remote error: tls: handshake failure`],
  ['version', client('ERR_SSL_UNSUPPORTED_PROTOCOL', 'x', 'unsupported protocol')],
  ['version', client('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'x', 'sslv3 alert handshake failure')],
  [
    'files',
    'the certificates for r.example.com cannot be used: the key of the client certificate a.cert is missing; the name of a CA certificate ends with .crt',
  ],
  [
    'files',
    'missing key a.key for client certificate a.cert. Note that CA certificates should use the extension .crt',
  ],
  ['files', 'missing client certificate a.cert for key a.key'],
  ['files', 'tls: private key does not match public key'],
  ['other', `${get}x509: certificate specifies an incompatible key usage`],
  ['other', client('INVALID_PURPOSE', 'unsuitable certificate purpose')],
  [
    'http',
    `(Mirrors also failed: [m.example.com/a: ${get}x509: certificate signed by unknown authority]): ${get}http: server gave HTTP response to HTTPS client`,
  ],
])('each kind of TLS failure has its own advice: %s, %s', (kind, message) => {
  const advice = tlsAdvice(message);
  expect(Object.entries(kinds).flatMap(([name, words]) => (words.test(advice) ? [name] : []))).toEqual([
    kind,
  ]);
});
