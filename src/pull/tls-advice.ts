/**
 * What to do about each kind of failure of TLS; the first row that matches decides.
 *
 * The words are those of podman and those of our client, which are OpenSSL's. Sources: Go's crypto/x509 verify.go and
 * crypto/tls alert.go, handshake_client.go and conn.go, net/http transport.go; OpenSSL's crypto/x509/x509_txt.c and
 * ssl/ssl_err.c.
 */
const table: readonly (readonly [RegExp, string])[] = [
  // Neither certificates nor their authorities are at fault.
  [
    /server gave HTTP response to HTTPS client|does not look like a TLS handshake|does not speak TLS/i,
    'the registry speaks plain HTTP on this port: name the port of its TLS; or, where it has none, set TLSVerify=false (tls-verify = false in a drop-in), or insecure = true in registries.conf',
  ],
  [
    /certificates for \S+ cannot be used|client certificate (?:cannot be used|of the key|\S+ is missing)|missing (?:key|client certificate) \S+ for|private key does not match|failed to find any PEM data/i,
    'repair the files in the certificate directory: NAME.crt for an authority, NAME.cert with NAME.key for a client certificate',
  ],
  // What the server says when it ends the handshake: of us it knows the client certificate only.
  [
    /certificate required|bad certificate|alert (?:certificate (?:required|unknown|expired|revoked)|unknown ca)|remote error: tls: (?:certificate (?:required|revoked|expired)|(?:expired|revoked|unknown|unsupported) certificate)/i,
    'the registry wants a client certificate, or another one: put NAME.cert and NAME.key into the certificate directory (CertDir= or cert-dir)',
  ],
  [
    /has expired|not yet valid|certificate expired/i,
    'see whether the clock of this host is right; if it is, the certificate of the registry must be renewed',
  ],
  [
    /certificate is (?:valid for|not valid for any names)|doesn't contain any IP SANs|legacy Common Name|does not match certificate|hostname mismatch|unrecognized name/i,
    'bind the image by a name that the certificate of the registry has, or give the registry a certificate for this name',
  ],
  [
    /unknown authority|self[- ]signed certificate|unable to (?:get (?:local )?issuer|verify the first)/i,
    'put the CA of the registry as NAME.crt into a certificate directory, and name that directory with CertDir= or cert-dir',
  ],
  [
    /protocol version|unsupported protocol|no supported versions|no protocols available|version too low|handshake failure|no shared cipher|insufficient security/i,
    'the registry and this host have no version or cipher of TLS in common: TLS 1.2 is the oldest that podman takes',
  ],
];

const otherwise =
  'see what is wrong with the certificate of the registry, for example with openssl s_client -connect HOST:PORT';

/** What to do where a registry could not be reached by TLS, by what podman or our client says of it. */
export function tlsAdvice(message: string): string {
  // With mirrors, the registry itself has the last word.
  const last = message.replace(/^.*\(Mirrors also failed: .*\]\): /s, '');
  return table.find(([words]) => words.test(last))?.[1] ?? otherwise;
}
