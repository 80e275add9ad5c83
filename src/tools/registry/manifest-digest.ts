import { createHash } from 'node:crypto';
import { isAbsent, listOf, objectOf, readJson, sizeOf, textOf } from './untrusted-json.js';

/**
 * The digest of a manifest, `algorithm:hex`: that of its bytes, but of a signed manifest in Docker's schema 1
 * that of what was signed. Source: DigestWithAlgorithm in go.podman.io/image internal/manifest/manifest.go.
 */
export function manifestDigest(text: string, algorithm = 'sha256'): string {
  const bytes = signedBytes(text) ?? text;
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The text up to where the signatures were put in, and the end that followed there; null where nothing is signed. */
function signedBytes(text: string): Buffer | null {
  const payload = readJson(text, (top) => {
    if (top.schemaVersion !== 1 || isAbsent(top.fsLayers) || isAbsent(top.signatures)) return null;
    const [first] = listOf(top.signatures, 'its list of signatures');
    const { protected: header } = objectOf(first, 'its signature');
    return readJson(decode(textOf(header, 'its header')), ({ formatLength, formatTail }) =>
      Buffer.concat([
        Buffer.from(text).subarray(0, sizeOf(formatLength, 'its length')),
        Buffer.from(textOf(formatTail, 'its end'), 'base64url'),
      ]),
    );
  });
  return Buffer.isBuffer(payload) ? payload : null;
}

function decode(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString();
}
