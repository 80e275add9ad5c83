import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { freePort } from '../../support/free-port.js';
import { hostPlatform, type Platform } from '../../support/images.js';
import { tarArchive } from '../../support/tar.js';

/** A request as the registry got it. */
export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly repository: string;
  readonly kind: 'base' | 'manifest' | 'blob' | 'tags' | 'other';
  /** The tag or digest that is asked for. */
  readonly what: string;
  readonly authorization: string | undefined;
  /** How many requests of this kind for this repository came before. */
  readonly before: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** Answers in the registry's place, or returns false to let it answer. */
export type Misbehaviour = (request: RegistryRequest, response: http.ServerResponse) => boolean;

/** An image of one layer, of which `text` says what is in it. */
export interface MadeImage {
  /** Of the manifest, or of the index where it is for several platforms. */
  readonly digest: string;
  /** Of the manifests, in the order of the platforms. */
  readonly manifests: readonly string[];
  readonly layers: readonly string[];
}

export interface ImageToMake {
  /** One makes a manifest, several make an index. This machine's without it. */
  readonly platforms?: readonly Platform[];
  readonly text?: string;
  /** A tar archive instead of a file with the text. */
  readonly layer?: Buffer;
  /** Makes an index of even one platform. */
  readonly index?: boolean;
}

/** A registry in this process, on loopback and without TLS, which can misbehave in any way. */
export interface MemoryRegistry {
  readonly host: string;
  /** For other servers that are to answer as this one does, such as one with TLS. */
  readonly listener: http.RequestListener;
  readonly put: (repository: string, tag: string, image?: ImageToMake) => MadeImage;
  /** Puts bytes there as a manifest, whatever they are. */
  readonly putManifest: (repository: string, tag: string, type: string, content: Buffer) => string;
  readonly manifest: (repository: string, tag: string) => Buffer | undefined;
  readonly putBlob: (content: Buffer) => string;
  readonly blob: (digest: string) => Buffer | undefined;
  readonly misbehave: (how: Misbehaviour) => void;
  readonly behave: () => void;
  readonly requests: () => readonly RegistryRequest[];
  /** What has gone to clients so far, headers included. */
  readonly sentBytes: () => number;
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

export async function startMemoryRegistry(): Promise<MemoryRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { readonly type: string; readonly content: Buffer }>();
  let misbehaviour: Misbehaviour | undefined;
  let requests: RegistryRequest[] = [];

  const putBlob = (content: Buffer) => {
    const digest = digestOf(content);
    blobs.set(digest, content);
    return digest;
  };
  const putManifest: MemoryRegistry['putManifest'] = (repository, tag, type, content) => {
    const digest = digestOf(content);
    for (const what of [tag, digest]) manifests.set(`${repository} ${what}`, { type, content });
    return digest;
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));

  const listener: http.RequestListener = (incoming, response) => {
    const request = read(incoming, requests);
    requests.push(request);
    incoming.resume();
    if (misbehaviour?.(request, response)) return;
    answer(request, response);
  };
  const server = http.createServer(listener);
  const open = new Set<Socket>();
  let sentBefore = 0;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      sentBefore += socket.bytesWritten;
    });
  });
  server.keepAliveTimeout = 120_000;
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  function answer({ kind, repository, what, method }: RegistryRequest, response: http.ServerResponse): void {
    if (kind === 'base') {
      send(response, 200, 'application/json', Buffer.from('{}'), method);
      return;
    }
    const found =
      kind === 'manifest'
        ? manifests.get(`${repository} ${what}`)
        : { type: 'application/octet-stream', content: kind === 'blob' ? blobs.get(what) : undefined };
    if (found?.content === undefined) {
      send(response, 404, 'application/json', unknown, method);
      return;
    }
    response.setHeader('docker-content-digest', digestOf(found.content));
    send(response, 200, found.type, found.content, method);
  }

  return {
    host: `127.0.0.1:${port}`,
    listener,
    putBlob,
    blob: (digest) => blobs.get(digest),
    putManifest,
    manifest: (repository, tag) => manifests.get(`${repository} ${tag}`)?.content,
    put: (repository, tag, { platforms = [hostPlatform], text = '', layer, index = false } = {}) => {
      const archives = platforms.map((platform) => {
        const content = Buffer.from(`${repository} ${platform.architecture} ${text}\n`);
        const file = { path: 'data/content', sizeBytes: content.length, content: [content] };
        return layer ?? Buffer.concat([...tarArchive([file])]);
      });
      const made = platforms.map((platform, at) => {
        const plain = archives[at] ?? Buffer.alloc(0);
        const layerBytes = gzipSync(plain, { level: 1 });
        const config = json({
          created: '1970-01-01T00:00:00Z',
          ...platform,
          config: {},
          rootfs: { type: 'layers', diff_ids: [digestOf(plain)] },
        });
        const descriptor = (mediaType: string, content: Buffer) => ({
          mediaType,
          digest: putBlob(content),
          size: content.length,
        });
        const layers = [descriptor(types.layer, layerBytes)];
        const manifest = json({
          schemaVersion: 2,
          mediaType: types.manifest,
          config: descriptor(types.config, config),
          layers,
        });
        const digest = putManifest(repository, tag, types.manifest, manifest);
        return { platform, digest, size: manifest.length, layer: layers[0]?.digest ?? '' };
      });
      const digests = made.map(({ digest }) => digest);
      const layers = made.map((each) => each.layer);
      if (made.length === 1 && !index) return { digest: digests[0] ?? '', manifests: digests, layers };
      const list = json({
        schemaVersion: 2,
        mediaType: types.index,
        manifests: made.map(({ platform, digest, size }) => {
          return { mediaType: types.manifest, digest, size, platform };
        }),
      });
      return {
        digest: putManifest(repository, tag, types.index, list),
        manifests: digests,
        layers,
      };
    },
    misbehave: (how) => {
      misbehaviour = how;
    },
    behave: () => {
      misbehaviour = undefined;
    },
    requests: () => requests,
    sentBytes: () => [...open].reduce((sum, { bytesWritten }) => sum + bytesWritten, sentBefore),
    forget: () => {
      requests = [];
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const unknown = Buffer.from('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function send(
  response: http.ServerResponse,
  status: number,
  type: string,
  content: Buffer,
  method = 'GET',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': content.length });
  response.end(method === 'HEAD' ? undefined : content);
}

function read(incoming: http.IncomingMessage, earlier: readonly RegistryRequest[]): RegistryRequest {
  const path = incoming.url ?? '/';
  const [, repository = '', part = '', what = ''] =
    /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^?]+)/.exec(path) ?? [];
  const kinds = { manifests: 'manifest', blobs: 'blob', tags: 'tags' } as const;
  const isBase = /^\/v2\/?(?:\?.*)?$/.test(path);
  const kind = isBase ? 'base' : (kinds[part as keyof typeof kinds] ?? 'other');
  return {
    method: incoming.method ?? 'GET',
    path,
    repository,
    kind,
    what,
    authorization: incoming.headers.authorization,
    before: earlier.filter((one) => one.kind === kind && one.repository === repository).length,
    headers: incoming.headers,
  };
}
