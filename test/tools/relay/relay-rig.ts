import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { RegistrySource } from '../../../src/model/registry-source.js';
import type { RemoteContent } from '../../../src/model/remote-content.js';
import { systemTimer } from '../../../src/pull/system-timer.js';
import type {
  BlobFailed,
  FoundBlob,
  FoundRanges,
  Wanted,
} from '../../../src/tools/registry/client/client.js';
import type { Found } from '../../../src/tools/registry/found.js';
import { openRelay, type RelayOptions } from '../../../src/tools/relay/open-relay.js';
import type { FetchEnd, Relay } from '../../../src/tools/relay/relay.js';
import { makeTree } from '../../support/tree.js';

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Bytes that are another row everywhere. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A question for a blob that the registry was asked. */
export interface Asked {
  readonly source: RegistrySource;
  readonly digest: string;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** A question for parts of a blob. */
export interface AskedRange {
  readonly source: RegistrySource;
  readonly digest: string;
  readonly range: string;
}

export type Answered = FoundBlob | BlobFailed;

/** The body of an answer, which the test writes. */
export function handWritten(): Readable {
  return new Readable({ read: () => undefined });
}

export function found(bytes: Buffer, from = 0, body = bodyOf(bytes.subarray(from))): FoundBlob {
  const status = from === 0 ? 200 : 206;
  return { kind: 'found', status, from, length: bytes.length - from, size: bytes.length, body };
}

/** In pieces as they come from a socket: in memory of their own, and none of them in the same turn as the next. */
export function bodyOf(bytes: Buffer, pieceBytes = 65_536): Readable {
  let at = 0;
  return new Readable({
    read() {
      setImmediate(() => {
        const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
        at += piece.length;
        this.push(piece.length === 0 ? null : piece);
      });
    },
  });
}

export function failed(status: number | null, kind: 'transient' | 'permanent' = 'transient'): BlobFailed {
  return {
    kind: 'failed',
    failure: { code: 'server-error', kind, message: `GET: ${status}`, hint: null },
    status,
    waitMs: null,
  };
}

export const mirror: RegistrySource = {
  registry: 'mirror.example.com',
  repository: 'app',
  reference: 'latest',
  isInsecure: false,
  certificates: [],
  credentials: async () => ({ kind: 'anonymous' }),
};
export const origin: RegistrySource = { ...mirror, registry: 'registry.example.com' };

export interface Rig {
  readonly relay: Relay;
  /** What a registry has. */
  readonly store: Map<string, Buffer>;
  readonly asked: Asked[];
  /** What happened at the relay: `asked DIGEST`. */
  readonly events: string[];
  readonly directory: string;
  /** The next answers of the registry; those of the store come after them. */
  readonly answers: ((asked: Asked) => Answered | Promise<Answered>)[];
  readonly askedRanges: AskedRange[];
  /** Its answer to a question for parts. */
  ranges: (asked: AskedRange) => FoundRanges | BlobFailed;
  /** Its answer to a question for a manifest. */
  manifest: (source: RegistrySource, reference: string) => Found | BlobFailed;
  /** Puts a blob into the registry and serves an image that has it. */
  readonly add: (bytes: Buffer, options?: AddOptions) => string;
  readonly fetch: (digest: string, options?: { signal?: AbortSignal; isKept?: boolean }) => Promise<FetchEnd>;
  /** Asks the relay for a path below the registry's location, such as `app/blobs/sha256:…`. */
  readonly get: (path: string, options?: GetOptions) => Promise<Got>;
  readonly getBlob: (digest: string, options?: GetOptions) => Promise<Got>;
}

export interface AddOptions {
  /** What the manifest says; null: nothing. */
  readonly size?: number | null;
  readonly isPartial?: boolean;
}

export interface GetOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly response: IncomingMessage;
  /** `cut`: it did not end as it should. */
  readonly body: () => Promise<Buffer | 'cut'>;
}

export function contentOf(manifest: Buffer, name = 'registry.example.com/app'): RemoteContent {
  const digest = digestOf(manifest);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return {
    name,
    manifests: [{ digest, mediaType, bytes: manifest }],
    config: null,
    sources: [origin, mirror],
    hasForeignLayers: false,
  };
}

export async function openRig(options: Partial<RelayOptions> = {}): Promise<Rig> {
  const store = new Map<string, Buffer>();
  const asked: Asked[] = [];
  const events: string[] = [];
  const answers: Rig['answers'] = [];
  const directory = options.directory ?? join(makeTree({ 'x/': '' }), 'parts');
  const blob = async (source: RegistrySource, digest: string, { from = 0, signal }: Wanted) => {
    const question = { source, digest, from, signal };
    asked.push(question);
    const next = answers.shift();
    const bytes = store.get(digest);
    if (next !== undefined) return await next(question);
    return bytes === undefined ? failed(404, 'permanent') : found(bytes, from);
  };
  const askedRanges: AskedRange[] = [];
  const relay = await openRelay({
    client: {
      blob,
      manifest: async (source, reference) => rig.manifest(source, reference),
      ranges: async (source, digest, range) => {
        askedRanges.push({ source, digest, range });
        return rig.ranges({ source, digest, range });
      },
    },
    directory,
    timer: systemTimer,
    observer: {
      onAsked: (digest) => events.push(`asked ${digest}`),
      onArrived: (digest, received, size) => events.push(`arrived ${digest} ${received} ${size}`),
      onPassed: (digest, bytes) => events.push(`passed ${digest} ${bytes}`),
    },
    lookaside: async () => undefined,
    ...options,
  });
  onTestFinished(() => relay.close());
  const location = `http://${relay.locationOf('registry.example.com')}`.replace(
    relay.host,
    `${relay.host}/v2`,
  );
  let images = 0;
  const get: Rig['get'] = (path, options) => getFrom(`${location}/${path}`, options);
  const rig: Rig = {
    relay,
    store,
    asked,
    events,
    directory,
    answers,
    askedRanges,
    ranges: () => failed(404, 'permanent'),
    manifest: () => failed(404, 'permanent'),
    add: (bytes, { size = bytes.length, isPartial = false } = {}) => {
      const digest = digestOf(bytes);
      store.set(digest, bytes);
      images += 1;
      relay.serve({
        reference: `tag${images}`,
        content: contentOf(Buffer.from(`{"layers":["${digest}"]}`)),
        layers: size === null ? new Map() : new Map([[digest, size]]),
        partial: new Set(isPartial ? [digest] : []),
      });
      return digest;
    },
    fetch: (digest, { signal = new AbortController().signal, isKept = true } = {}) =>
      relay.fetch(digest, origin, { signal, isKept }),
    get,
    getBlob: (digest, options) => get(`app/blobs/${digest}`, options),
  };
  return rig;
}

/** Resolves with the head of an answer. @throws Error when the connection is cut before */
export function getFrom(url: string, { method = 'GET', headers = {} }: GetOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asking = startRequest(url, { method, headers, agent: false });
    asking.on('error', reject);
    asking.on('response', (response) => {
      response.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        response,
        body: async () => {
          const pieces: Buffer[] = [];
          response.on('data', (piece) => pieces.push(piece));
          await new Promise((resolve) => response.on('close', resolve));
          return response.complete ? Buffer.concat(pieces) : 'cut';
        },
      });
    });
    asking.end();
  });
}
