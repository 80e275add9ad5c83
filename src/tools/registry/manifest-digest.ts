import { createHash } from 'node:crypto';
import { readJson } from '../../text/json.js';
import { absentAs, anything, list, object, oneOf } from '../../text/shape.js';
import { size, textOrEmpty } from './answer.js';

/**
 * The digest of a manifest, `algorithm:hex`: that of its bytes, but of a signed manifest in Docker's schema 1
 * that of what was signed. Source: DigestWithAlgorithm in go.podman.io/image internal/manifest/manifest.go.
 */
export function manifestDigest(content: string | Buffer, algorithm = 'sha256'): string {
  const bytes = signedBytes(content.toString()) ?? content;
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** The text up to where the signatures were put in, and the end that followed there; null where nothing is signed. */
function signedBytes(text: string): Buffer | null {
  const manifest = readJson(signedManifest, text);
  if (manifest.kind !== 'fits' || manifest.value.fsLayers === null) return null;
  const [first] = manifest.value.signatures;
  if (first === undefined) return null;
  const header = readJson(signatureHeader, Buffer.from(first.protected, 'base64url').toString());
  if (header.kind !== 'fits') return null;
  const { formatLength, formatTail } = header.value;
  return Buffer.concat([Buffer.from(text).subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
}

const signedManifest = object({
  schemaVersion: oneOf(1),
  fsLayers: absentAs(null, anything),
  signatures: list(object({ protected: textOrEmpty })),
});
const signatureHeader = object({ formatLength: size, formatTail: textOrEmpty });
