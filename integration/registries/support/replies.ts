import type { RecordedConnection, RecordedRequest } from './recording-proxy.js';
import type { TinyImage } from './tiny-image.js';

/** What answers at one `host:port`. */
export interface HostBehaviour {
  /** `plain`: HTTP only, so that TLS fails. `down`: nobody there. `both`: HTTPS and HTTP. */
  readonly listens: 'https' | 'plain' | 'both' | 'down';
  /** Whose certificate it shows: that of the authority that everybody trusts, or that of the other one. */
  readonly certificate: 'trusted' | 'other';
  /** Ends TLS with those who show no certificate. */
  readonly demandsClient: boolean;
  /** `basic` and `bearer` send 401 to whoever shows nothing; `bearer` names the token server. */
  readonly auth: 'none' | 'basic' | 'bearer';
  /** `host:port` of its token server. */
  readonly tokenServer?: string;
  /** What it says of an image to those whom it lets in. */
  readonly manifest: 'found' | 'missing' | 'denied';
  /** Credentials that it lets in: any at all, or none but these (`user:password`). */
  readonly accepts: 'any' | 'anonymous-too' | string;
}

/** What a token of ours says: who asked for it, and for what. */
interface Token {
  readonly subject: string;
  readonly scope: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = { 'content-type': 'application/json' };

/** A token server: the token says who asked for it, so that the registry's records show it. */
export function tokenReply(
  { method, path, body, authorization }: RecordedRequest,
  { accepts }: HostBehaviour,
): Reply {
  const isForm = method === 'POST';
  const query = new URLSearchParams(isForm ? body : path.slice('/token?'.length));
  const refresh = query.get('refresh_token');
  const subject = isForm && refresh !== null ? `identity ${refresh}` : authorization;
  if (!isAccepted(accepts, subject)) return errorReply(401, 'UNAUTHORIZED');
  const value: Token = { subject, scope: query.getAll('scope').join(' ') };
  const token = Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    status: 200,
    body: JSON.stringify({ token, access_token: token, expires_in: 300 }),
    headers: json,
  };
}

/** A registry that has `image` under any name, if it has any. */
export function registryReply(
  { path, authorization }: RecordedRequest,
  { host, scheme }: RecordedConnection,
  behaviour: HostBehaviour,
  image: TinyImage,
): Reply {
  if (!letsIn(behaviour, authorization)) {
    const realm = `${scheme}://${behaviour.tokenServer ?? host}/token`;
    const challenge =
      behaviour.auth === 'basic' ? 'Basic realm="test"' : `Bearer realm="${realm}",service="${host}"`;
    return errorReply(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
  }
  if (path === '/v2/') return { status: 200, body: '{}', headers: json };
  const [, kind, name = ''] = /\/(manifests|blobs)\/([^/?]+)$/.exec(path) ?? [];
  if (kind === 'blobs') {
    const blob = image.blobs.get(name);
    if (blob === undefined) return errorReply(404, 'BLOB_UNKNOWN');
    return { status: 200, body: blob, headers: { 'content-type': 'application/octet-stream' } };
  }
  if (kind !== 'manifests') return errorReply(404, 'UNSUPPORTED');
  if (behaviour.manifest === 'denied') return errorReply(403, 'DENIED');
  const isThere = behaviour.manifest === 'found' && (!name.includes(':') || name === image.digest);
  if (!isThere) return errorReply(404, 'MANIFEST_UNKNOWN');
  const headers = { 'content-type': image.mediaType, 'docker-content-digest': image.digest };
  return { status: 200, body: image.manifest, headers };
}

function errorReply(status: number, code: string, headers: Reply['headers'] = {}): Reply {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
  return { status, body, headers: { ...json, ...headers } };
}

function letsIn({ auth, accepts }: HostBehaviour, authorization: string): boolean {
  if (auth === 'none') return true;
  if (auth === 'bearer') return authorization.startsWith('bearer ');
  // With neither user nor password it is podman's way to say that it has none.
  if (!authorization.startsWith('basic ') || authorization === 'basic :') return false;
  return isAccepted(accepts, authorization);
}

function isAccepted(accepts: HostBehaviour['accepts'], authorization: string): boolean {
  if (accepts === 'anonymous-too') return true;
  if (authorization === 'none') return false;
  return accepts === 'any' || authorization.endsWith(` ${accepts}`);
}

/** `none`, `basic USER:PASSWORD`, `bearer (SUBJECT) SCOPE` for a token of `tokenReply`, or the header as it is. */
export function decodedAuthorization(header: string | undefined): string {
  if (header === undefined) return 'none';
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'basic') return `basic ${Buffer.from(value, 'base64').toString()}`;
  if (scheme.toLowerCase() !== 'bearer') return header;
  try {
    const { subject, scope } = JSON.parse(Buffer.from(value, 'base64url').toString()) as Token;
    return `bearer (${subject}) ${scope}`;
  } catch {
    return header;
  }
}
