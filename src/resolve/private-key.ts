import { parseJson } from '../text/json.js';
import { isObject } from '../text/shape.js';

/** The two headers of an encrypted key in a PEM block (RFC 1421, 4.6). */
const pemBlock =
  /^-----BEGIN ([A-Z\d ]{1,60})-----[ \t]*\r?\n((?:(?:Proc-Type|DEK-Info): [\w,.-]+\r?\n)*(?:\r?\n)?(?:[A-Za-z\d+/=]+[ \t]*\r?\n)+)-----END \1-----[ \t]*$/gm;

/** Members of a JSON Web Key (RFC 7517, RFC 7518). */
const jwkMembers = new Set([
  'kty',
  'use',
  'key_ops',
  'alg',
  'kid',
  'crv',
  'x',
  'y',
  'd',
  'n',
  'e',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
]);

/**
 * What podman is to be given of a file with a decryption key: the key, in the form that it has, and nothing else;
 * `undefined` where it is no key. podman first takes such a file for YAML that names a key in a PKCS#11 token, with
 * environment variables for the token's module, a library that it loads; so a file that may be that is none for it.
 * Source: github.com/containers/ocicrypt helpers/parse_helpers.go, crypto/pkcs11/common.go.
 */
export function privateKey(bytes: Buffer): Buffer | undefined {
  if (isDer(bytes)) return bytes;
  const text = bytes.toString('latin1');
  const blocks = [...text.matchAll(pemBlock)].map(([block]) => block);
  if (blocks.length > 0) return Buffer.from(`${blocks.join('\n')}\n`, 'latin1');
  return webKey(bytes);
}

/**
 * A DER sequence that begins with a length of several bytes or with a number, or the OpenPGP packet of a secret key:
 * none of them begins as UTF-8 text does, so that a reader of YAML stops there.
 */
function isDer(bytes: Buffer): boolean {
  const [first = 0, second = 0, third, fourth] = bytes;
  if (first === 0x30) return (second >= 0x81 && second <= 0x84) || (third === 0x02 && fourth === 0x01);
  const isContinued = second >= 0x80 && second < 0xc0;
  return (first >= 0x94 && first <= 0x97) || (first === 0xc5 && !isContinued);
}

function webKey(bytes: Buffer): Buffer | undefined {
  const parsed = parseJson(bytes.toString('utf8'));
  if (!parsed.ok || !isObject(parsed.value) || !('kty' in parsed.value)) return undefined;
  const known = Object.entries(parsed.value).filter(([name]) => jwkMembers.has(name));
  return Buffer.from(JSON.stringify(Object.fromEntries(known)));
}
