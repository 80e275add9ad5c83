import type { IncomingMessage } from 'node:http';

/** The program behind a request, as its `User-Agent` tells; undefined for any other. */
export type Client = 'podman' | 'ours' | undefined;

/** One request as a proxy saw it. */
export type ProxyRequest = {
  readonly method: string;
  readonly client: Client;
  /** Path and query. */
  readonly path: string;
  /** The digest that the path names, if it names one. */
  readonly digest: string | undefined;
  /** `Range` header of the request. */
  readonly range: string | undefined;
  /** Whether it has credentials. */
  readonly isAuthorized: boolean;
  /** Undefined while there is no answer. */
  readonly status: number | undefined;
  /** Bytes of the response's body, without headers, that went to the client. */
  readonly bytesSent: number;
  /** `performance.now()` when the request came. */
  readonly startedAtMs: number;
  /** `performance.now()` at the end of the answer or of the connection; undefined until then. */
  readonly endedAtMs: number | undefined;
  /** Whether the client got the whole answer. */
  readonly complete: boolean;
};

/** A record that is still being written. */
export type RequestRecord = { -readonly [K in keyof ProxyRequest]: ProxyRequest[K] } & {
  readonly close: (complete: boolean) => void;
};

/** Returns the record of a request that has just arrived. */
export function openRecord(request: IncomingMessage): RequestRecord {
  const path = request.url ?? '/';
  const record: RequestRecord = {
    method: request.method ?? 'GET',
    client: clientOf(request.headers['user-agent'] ?? ''),
    path,
    digest: /\/((?:sha256|sha512):[0-9a-f]+)(?:$|\?)/.exec(path)?.[1],
    range: request.headers.range,
    isAuthorized: request.headers.authorization !== undefined,
    status: undefined,
    bytesSent: 0,
    startedAtMs: performance.now(),
    endedAtMs: undefined,
    complete: false,
    close: (complete) => {
      record.endedAtMs = performance.now();
      record.complete = complete;
    },
  };
  return record;
}

/** podman names the library that it pulls with: `containers/5.23.1 (github.com/containers/image)`. */
function clientOf(userAgent: string): Client {
  if (userAgent.startsWith('bound-images/')) return 'ours';
  return userAgent.startsWith('containers/') ? 'podman' : undefined;
}

/** What was fetched of one blob. */
export type BlobTraffic = { readonly requests: number; readonly bytes: number };

/** Returns the traffic of blob downloads (`GET …/blobs/DIGEST`) by digest. */
export function blobTraffic(requests: readonly ProxyRequest[]): ReadonlyMap<string, BlobTraffic> {
  const traffic = new Map<string, BlobTraffic>();
  for (const { method, path, digest, bytesSent } of requests) {
    if (method !== 'GET' || digest === undefined || !path.includes('/blobs/')) continue;
    const { requests: count, bytes } = traffic.get(digest) ?? { requests: 0, bytes: 0 };
    traffic.set(digest, { requests: count + 1, bytes: bytes + bytesSent });
  }
  return traffic;
}

/** Returns the bytes of all response bodies together. */
export function totalBytes(requests: readonly ProxyRequest[]): number {
  return requests.reduce((sum, request) => sum + request.bytesSent, 0);
}
