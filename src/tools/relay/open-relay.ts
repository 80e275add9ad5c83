import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timer } from '../../model/ports.js';
import { digestFault } from '../../model/reference/digest.js';
import { bootId } from '../process/boot-id.js';
import type { RegistryClient } from '../registry/client/client.js';
import { answerBlob } from './answer-blob.js';
import { answer, refuse } from './answers.js';
import { newBlob, type RelayBlob } from './blob.js';
import { fetchBlob } from './fetch-blob.js';
import { listenOnLoopback, loopback } from './listen.js';
import { newOrigins } from './origins.js';
import { openParts } from './parts.js';
import type { RateLimit } from './rate-limit.js';
import type { Relay, RelayObserver } from './relay.js';
import type { RequestPath } from './request-path.js';
import { newServedImages, registryOfName } from './served-images.js';
import { newServer } from './server.js';

export interface RelayOptions {
  readonly client: Pick<RegistryClient, 'manifest' | 'blob'>;
  /** Where parts are kept; made as needed. One process at a time uses it. */
  readonly directory: string;
  readonly timer: Timer;
  readonly observer: RelayObserver;
  /** For the bodies of blobs; null: they come as fast as they can. */
  readonly rateLimit: RateLimit | null;
  /**
   * What lies at the lookaside of a registry, `host[:port]`, below its own path: `REPOSITORY@sha256=HEX/signature-1`.
   * undefined: nothing. A rejection: podman shall not go on as if there were nothing.
   */
  readonly lookaside: (registry: string, path: string) => Promise<Buffer | undefined>;
  /** Another one than that of this machine. */
  readonly boot?: string;
}

/** For small blobs, all together. */
const memoryBytes = 32 * 1024 * 1024;
/** What was written so long ago is flushed. */
const flushMs = 5_000;

/** @throws the error of the system call when no port of loopback can be listened on. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { directory, timer, observer, boot = bootId() } = options;
  const secret = randomBytes(16).toString('hex');
  const origins = newOrigins();
  const images = newServedImages();
  const parts = openParts(directory, boot);
  const blobs = new Map<string, RelayBlob>();
  let freeBytes = memoryBytes;
  const place = {
    parts,
    take: (bytes: number) => {
      if (bytes > freeBytes) return false;
      freeBytes -= bytes;
      return true;
    },
    giveBack: (bytes: number) => {
      freeBytes += bytes;
    },
    onKept: (bytes: number) => origins.add('kept', null, bytes),
  };

  function blobOf(digest: string): RelayBlob {
    const blob = blobs.get(digest) ?? newBlob(digest, place, observer);
    blobs.set(digest, blob);
    return blob;
  }

  async function respond(
    path: RequestPath,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const registry = images.registryOf(path.registry);
    if (registry === undefined) return refuse(response, 'MANIFEST_UNKNOWN');
    switch (path.kind) {
      case 'manifest': {
        const manifest = images.manifest(`${registry}/${path.repository}`, path.reference);
        if (manifest === undefined) return refuse(response, 'MANIFEST_UNKNOWN');
        const { bytes, mediaType, digest } = manifest;
        const type = mediaType === '' ? {} : { 'content-type': mediaType };
        return answer(response, 200, bytes, { ...type, 'docker-content-digest': digest });
      }
      case 'blob':
        return await respondBlob(`${registry}/${path.repository}`, path.digest, request, response);
      case 'lookaside': {
        const bytes = await options.lookaside(registry, path.path);
        const status = bytes === undefined ? 404 : 200;
        return answer(response, status, bytes ?? Buffer.alloc(0));
      }
    }
  }

  async function respondBlob(
    name: string,
    digest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const owners = digestFault(digest, 0) === null ? images.withBlob(name, digest) : [];
    if (owners.length === 0) return refuse(response, 'MANIFEST_UNKNOWN');
    const config = owners.find(({ content }) => content.config?.digest === digest)?.content.config?.bytes;
    if (config != null) return answer(response, 200, config, { 'docker-content-digest': digest });
    const from = restOf(request.headers.range);
    if (from === null) return answer(response, 400, Buffer.alloc(0));
    await answerBlob(blobOf(digest), from, request, response, observer);
  }

  const server = newServer({ secret, respond });
  const { port, isPrivileged } = await listenOnLoopback(server);
  const host = `${loopback}:${port}`;
  const address = `${host}/${secret}`;
  const stopFlushing = timer.every(flushMs, parts.flush);

  return {
    host,
    address,
    isPrivileged,
    locationOf: (registry) => `${address}/r${images.numberOf(registry)}`,
    lookasideOf: () => `http://${address}`,
    serve: (image) => {
      const { content, layers } = image;
      images.numberOf(registryOfName(content.name));
      images.serve(image);
      const sizes = new Map<string, number>(layers);
      if (content.config?.size) sizes.set(content.config.digest, content.config.size);
      for (const [digest, size] of sizes) {
        const blob = blobOf(digest);
        blob.announce(size);
        blob.registries.add(registryOfName(content.name));
      }
    },
    fetch: (digest, source, fetchOptions) =>
      fetchBlob(blobOf(digest), source, fetchOptions, { ...options, origins }),
    refuse: (digest) => blobOf(digest).refuse(),
    discard: (digest) => blobOf(digest).discard(),
    release: (digest) => blobOf(digest).release(),
    received: (digest) => blobs.get(digest)?.received ?? parts.kept(digest),
    origins: () => origins.all(),
    close: async () => {
      stopFlushing();
      server.close();
      await Promise.all([...blobs.values()].map((blob) => blob.close()));
      server.closeAllConnections();
    },
  };
}

/** Where the rest begins that a request wants; 0 without `Range`, null for what podman asks of nobody but a registry. */
function restOf(range: string | undefined): number | null {
  if (range === undefined) return 0;
  const [, from] = /^bytes=(\d{1,15})-$/.exec(range) ?? [];
  return from === undefined ? null : Number(from);
}
