import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timer } from '../../model/ports.js';
import { digestFault } from '../../model/reference/digest.js';
import type { ManifestContent } from '../../model/remote-content.js';
import { bootId } from '../process/boot-id.js';
import type { RegistryClient } from '../registry/client/client.js';
import { answerBlob } from './answer-blob.js';
import { answer, refuse } from './answers.js';
import { attachedTo, newAttachments } from './attachments.js';
import { newBlob, type RelayBlob } from './blob.js';
import { fetchBlob } from './fetch-blob.js';
import { listenOnLoopback, loopback } from './listen.js';
import { newOrigins } from './origins.js';
import { openParts } from './parts.js';
import { isRange, passRanges } from './pass-ranges.js';
import type { Lookaside, Relay, RelayObserver } from './relay.js';
import type { RequestPath } from './request-path.js';
import { newServedImages, registryOfName } from './served-images.js';
import { newServer } from './server.js';

export interface RelayOptions {
  readonly client: Pick<RegistryClient, 'manifest' | 'blob' | 'ranges'>;
  /** Where parts are kept; made as needed. One process at a time uses it. */
  readonly directory: string;
  readonly timer: Timer;
  readonly observer: RelayObserver;
  readonly lookaside: Lookaside;
  /** Which blobs another relay on the same directory will want: they are kept for it. */
  readonly isHeld?: (digest: string) => boolean;
  /** Another one than that of this machine. */
  readonly boot?: string;
}

/** For small blobs, all together. */
const memoryBytes = 32 * 1024 * 1024;
/** What was written so long ago is flushed. */
const flushMs = 5_000;

/** @throws the error of the system call when no port of loopback can be listened on. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const { directory, timer, observer, isHeld = () => false, boot = bootId() } = options;
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
    isHeld,
  };

  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const tools = { ...options, origins, signal: end.signal };
  const attachments = newAttachments(tools);

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
      case 'manifest':
        return await respondManifest(`${registry}/${path.repository}`, path.reference, response);
      case 'blob':
        return await respondBlob(`${registry}/${path.repository}`, path.digest, request, response);
      case 'lookaside': {
        const found = await options.lookaside(registry, path.path);
        if (found === 'refused') return refuse(response, 'DENIED');
        return answer(response, found === undefined ? 404 : 200, found ?? Buffer.alloc(0));
      }
    }
  }

  async function respondManifest(name: string, reference: string, response: ServerResponse): Promise<void> {
    const manifest = images.manifest(name, reference) ?? (await attachedManifest(name, reference));
    if (manifest === undefined) return refuse(response, 'MANIFEST_UNKNOWN');
    const { bytes, mediaType, digest } = manifest;
    const type = mediaType === '' ? {} : { 'content-type': mediaType };
    return answer(response, 200, bytes, { ...type, 'docker-content-digest': digest });
  }

  async function attachedManifest(name: string, tag: string): Promise<ManifestContent | undefined> {
    const digest = attachedTo(tag);
    const owners = digest === undefined ? [] : images.withManifest(name, digest);
    return owners.length === 0 ? undefined : await attachments.manifest(name, tag, owners);
  }

  async function respondBlob(
    name: string,
    digest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const owners = digestFault(digest, 0) === null ? images.withBlob(name, digest) : [];
    const config = owners.find(({ content }) => content.config?.digest === digest)?.content.config?.bytes;
    const small = config ?? (owners.length === 0 ? await attachments.blob(name, digest) : undefined);
    if (small !== undefined) return answer(response, 200, small, { 'docker-content-digest': digest });
    if (owners.length === 0) return refuse(response, 'MANIFEST_UNKNOWN');
    const blob = blobOf(digest);
    const { range } = request.headers;
    const from = range === undefined ? 0 : restOf(range);
    const isWhole = from === 0 || (from !== null && blob.bytes !== undefined);
    if (!isWhole && range !== undefined && owners.some(({ partial }) => partial.has(digest))) {
      const sources = [...new Set(owners.flatMap(({ content }) => content.sources))];
      return isRange(range)
        ? await passRanges({ digest, range, sources, registries: blob.registries }, response, tools)
        : answer(response, 400, Buffer.alloc(0));
    }
    // What is no end of a blob, podman asks nobody for who has not said that there are parts: it asks for all then.
    if (from === null) return answer(response, 400, Buffer.alloc(0));
    await answerBlob(blob, from, request, response, observer);
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
      const sizes = new Map<string, number | null>(layers);
      if (content.config !== null) sizes.set(content.config.digest, content.config.size);
      for (const [digest, size] of sizes) {
        const blob = blobOf(digest);
        blob.announce(size);
        blob.registries.add(registryOfName(content.name));
      }
    },
    fetch: (digest, source, fetchOptions) => fetchBlob(blobOf(digest), source, fetchOptions, tools),
    refuse: (digest) => blobOf(digest).refuse(),
    discard: (digest) => blobOf(digest).discard(),
    release: (digest) => blobOf(digest).release(),
    received: (digest) => blobs.get(digest)?.received ?? parts.kept(digest),
    origins: () => origins.all(),
    close: async () => {
      stopFlushing();
      end.abort();
      server.close();
      await Promise.all([...blobs.values()].map((blob) => blob.close()));
      server.closeAllConnections();
    },
  };
}

/** Where the rest begins that a field `Range` names; null where it names something else. */
function restOf(range: string): number | null {
  const [, from] = /^bytes=(\d{1,15})-$/.exec(range) ?? [];
  return from === undefined ? null : Number(from);
}
