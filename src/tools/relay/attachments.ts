import { createHash } from 'node:crypto';
import { digestFault } from '../../model/reference/digest.js';
import type { RegistrySource } from '../../model/registry-source.js';
import type { ManifestContent } from '../../model/remote-content.js';
import { readBody } from '../registry/client/bounded-body.js';
import type { RegistryClient } from '../registry/client/client.js';
import { parseManifest } from '../registry/manifest.js';
import { kindOf, type Origins } from './origins.js';
import type { ServedImage } from './relay.js';
import { registryOfName } from './served-images.js';

/** Signatures that lie in a registry beside an image, under tags that podman makes of its digests. */
export interface Attachments {
  /**
   * The manifest that lists them; undefined: there is none, or it cannot be had.
   *
   * @throws Error what may pass
   */
  manifest(name: string, tag: string, images: readonly ServedImage[]): Promise<ManifestContent | undefined>;
  /** One of the blobs of such a manifest. @throws Error what may pass */
  blob(name: string, digest: string): Promise<Buffer | undefined>;
}

export interface AttachmentTools {
  readonly client: Pick<RegistryClient, 'manifest' | 'blob'>;
  readonly origins: Origins;
  readonly signal: AbortSignal;
}

/** Source: MaxSignatureBodySize and MaxConfigBodySize in go.podman.io/image internal/iolimits. */
const blobLimit = 4 * 1024 * 1024;
/** Of one manifest: more are not handed on. */
const mostBlobs = 1_000;

/** Source: sigstoreAttachmentTag in go.podman.io/image docker/docker_client.go. */
const tagPattern = /^([a-z\d]+)-([\da-f]+)\.sig$/;

/** The digest of the image that a tag is made of, where it is such a tag. */
export function attachedTo(tag: string): string | undefined {
  const [, algorithm, hex] = tagPattern.exec(tag) ?? [];
  const digest = `${algorithm}:${hex}`;
  return hex !== undefined && digestFault(digest, 0) === null ? digest : undefined;
}

/** Each is asked for once, of the sources of the image in their order. */
export function newAttachments(tools: AttachmentTools): Attachments {
  const { client, origins, signal } = tools;
  const manifests = new Map<string, Promise<ManifestContent | undefined>>();
  const blobs = new Map<string, Promise<Buffer | undefined>>();
  /** Where the blobs are, by the name of the repository and their digests. */
  const owners = new Map<string, RegistrySource>();

  async function askForManifest(
    name: string,
    tag: string,
    sources: readonly RegistrySource[],
  ): Promise<ManifestContent | undefined> {
    let passing: string | undefined;
    for (const source of sources) {
      const answer = await client.manifest(source, tag, { signal });
      if (answer.kind === 'found') {
        const { digest, mediaType, bytes } = answer;
        for (const blob of blobsOf(bytes)) owners.set(`${name}@${blob}`, source);
        return { digest, mediaType, bytes };
      }
      if (answer.kind === 'failed' && answer.failure.kind === 'transient') passing ??= answer.failure.message;
    }
    if (passing !== undefined) throw new Error(passing);
    return undefined;
  }

  async function askForBlob(
    name: string,
    digest: string,
    source: RegistrySource,
  ): Promise<Buffer | undefined> {
    const answer = await client.blob(source, digest, { signal });
    if (answer.kind === 'failed' && answer.failure.kind === 'transient')
      throw new Error(answer.failure.message);
    if (answer.kind !== 'found') return undefined;
    const body = await readBody(answer.body, blobLimit, signal);
    if (body.kind === 'broken') throw new Error('the connection was cut');
    if (body.kind === 'too-long') return undefined;
    origins.add(kindOf(source, [registryOfName(name)]), source.registry, body.bytes.length);
    const [algorithm = ''] = digest.split(':');
    const own = createHash(algorithm).update(body.bytes).digest('hex');
    return digest === `${algorithm}:${own}` ? body.bytes : undefined;
  }

  return {
    manifest: (name, tag, images) => {
      const sources = [...new Set(images.flatMap(({ content }) => content.sources))];
      return once(manifests, `${name}:${tag}`, () => askForManifest(name, tag, sources));
    },
    blob: async (name, digest) => {
      const key = `${name}@${digest}`;
      const source = owners.get(key);
      return source === undefined
        ? undefined
        : await once(blobs, key, () => askForBlob(name, digest, source));
    },
  };
}

function blobsOf(bytes: Buffer): readonly string[] {
  const manifest = parseManifest(bytes.toString());
  if (manifest.kind !== 'image' && manifest.kind !== 'other') return [];
  const { config, layers } = manifest;
  const digests = [...(config === null ? [] : [config]), ...(layers ?? [])].map(({ digest }) => digest);
  return digests.slice(0, mostBlobs);
}

/** A failure is forgotten. */
async function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  try {
    return await asked;
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
