import type { BoundImage } from '../../model/bound-image.js';
import type { Payload } from '../../model/payload.js';
import type { Platform } from '../../model/platform.js';
import { canonicalName, type RegistryReference, repositoryName } from '../../model/reference/reference.js';
import type { RemoteImage } from '../../model/remote-image.js';
import type { Asker } from '../../pull/ask-registry.js';
import { memoized } from '../../text/memoized.js';
import { type ArtifactLayers, parseArtifactLayers } from '../../tools/registry/artifact-layers.js';
import type { Failed, Found } from '../../tools/registry/found.js';
import { parseManifest } from '../../tools/registry/manifest.js';
import { type Metadata, parseAnnotations, parseLabels } from '../../tools/registry/metadata.js';
import {
  type Ask,
  describeArtifact,
  type Looked,
  lookUpImage,
  unreadable,
} from '../../tools/registry/remote-image.js';
import { seenInTables } from './image-payloads.js';
import { type SeenPayload, seenInLayers } from './payloads.js';

/** What a registry has for a bound image. */
export interface Seen {
  readonly kind: 'seen';
  /** Of the index or manifest that the reference names. */
  readonly digest: string;
  readonly isIndex: boolean;
  readonly platforms: readonly SeenPlatform[];
  /** Of the tags beside the digest, those that do not agree with it any more. */
  readonly movedTags: readonly MovedTag[];
}

export interface MovedTag {
  readonly kind: 'moved';
  readonly tag: string;
  /** `registry/repository:tag` */
  readonly name: string;
  /** What the tag names now; null where there is no such tag any more. */
  readonly digest: string | null;
}

export type SeenPlatform = ForPlatform | NotForPlatform;

/** What the image is for one platform; that of an artifact is null, as it has none. */
export interface ForPlatform {
  readonly kind: 'found';
  readonly platform: Platform | null;
  /** Of the manifest for this platform. */
  readonly digest: string;
  /** Of its compressed layers, in bytes; null for Docker's schema 1, which tells no sizes. */
  readonly bytes: number | null;
  /** Its labels and annotations by name. Asked for only where something is expected of them. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Those of which the registry tells something without sending them: all of an artifact, and see `seenInTables`. */
  readonly payloads: readonly SeenPayload[];
}

export interface NotForPlatform {
  readonly kind: 'missing';
  readonly platform: Platform;
  readonly problem: string;
}

/** The podman of the next boot is taken for one that prefers zstd, as every podman does since 4.5. */
const prefersZstd = true;

/**
 * Asks what the registry has for an image on each of the platforms, nothing twice.
 *
 * @param tags those that stand beside its digest, in the reference or in a comment
 */
export async function see(
  asker: Asker,
  image: BoundImage,
  reference: RegistryReference,
  wanted: readonly Platform[],
  tags: readonly string[],
): Promise<Seen | Failed> {
  const repository = repositoryName(reference);
  const name = canonicalName(reference);
  const named = await asker.manifest(name);
  if (named.kind === 'failed') return named;
  const known = new Set([name, `${repository}@${named.digest}`]);
  const ask: Ask = {
    manifest: memoized(async (other) => (known.has(other) ? named : await asker.manifest(other))),
    config: memoized(asker.config),
  };

  const seenInImage = async (payloads: readonly Payload[], digest: string) => {
    if (payloads.length === 0) return [];
    const manifest = await ask.manifest(`${repository}@${digest}`);
    return manifest.kind === 'failed' ? manifest : seenInTables(payloads, manifest.text, repository, asker);
  };
  const hasPayloadLayers = image.kind === 'artifact' && (image.payloads ?? []).length > 0;
  const seeOn = async (looked: Looked, platform: Platform | null): Promise<SeenPlatform | Failed> => {
    if (looked.kind === 'failed') {
      const { code, message } = looked.failure;
      if (platform === null || code !== 'no-platform') return looked;
      return { kind: 'missing', platform, problem: message };
    }
    const { instanceDigest: digest } = looked;
    const metadata = image.expectations?.length
      ? await readMetadata(ask, named, repository, digest)
      : noMetadata;
    if (metadata.kind === 'failed') return metadata;
    const layers = hasPayloadLayers ? parseArtifactLayers(named.text) : noLayers;
    if (layers.kind === 'unreadable') return unreadable('manifest', layers);
    const payloads =
      image.kind === 'artifact'
        ? seenInLayers(image.payloads ?? [], layers.layers)
        : await seenInImage(image.payloads ?? [], digest);
    if ('kind' in payloads) return payloads;
    const bytes = bytesOf(looked.image);
    return { kind: 'found', platform, digest, bytes, metadata: metadata.texts, payloads };
  };
  const answers =
    image.kind === 'artifact'
      ? [await seeOn(describeArtifact(named), null)]
      : await Promise.all(
          wanted.map(async (platform) =>
            seeOn(await lookUpImage(ask, reference, platform, prefersZstd), platform),
          ),
        );
  const platforms: SeenPlatform[] = [];
  for (const answer of answers) {
    if (answer.kind === 'failed') return answer;
    platforms.push(answer);
  }
  const movedTags: MovedTag[] = [];
  for (const moved of await Promise.all(tags.map((tag) => findMovedTag(ask, reference, tag)))) {
    if (moved?.kind === 'failed') return moved;
    if (moved !== null) movedTags.push(moved);
  }
  return {
    kind: 'seen',
    digest: named.digest,
    isIndex: parseManifest(named.text).kind === 'index',
    platforms,
    movedTags,
  };
}

/** Of an image that is fetched whole: a layer that occurs twice is fetched once. */
function bytesOf({ layers }: Pick<RemoteImage, 'layers'>): number | null {
  if (layers === null) return null;
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

const noLayers: ArtifactLayers = { kind: 'layers', layers: [] };
const noMetadata: Metadata = { kind: 'metadata', texts: new Map() };

/**
 * What an image says of itself: the labels of its config, which stay with it in the store; where there is no such
 * label, the annotation of its manifest, else that of the index.
 */
async function readMetadata(
  ask: Ask,
  index: Found,
  repository: string,
  digest: string,
): Promise<Metadata | Failed> {
  const manifest = await ask.manifest(`${repository}@${digest}`);
  if (manifest.kind === 'failed') return manifest;
  const labels = await readLabels(ask, manifest, repository);
  if (labels.kind === 'failed') return labels;
  const texts = new Map<string, string>();
  for (const read of [parseAnnotations(index.text), parseAnnotations(manifest.text), labels]) {
    if (read.kind === 'unreadable') return unreadable('manifest', read);
    for (const [key, text] of read.texts) texts.set(key, text);
  }
  return { kind: 'metadata', texts };
}

/** What is no image has no config with labels. */
async function readLabels(ask: Ask, { text }: Found, repository: string): Promise<Metadata | Failed> {
  const manifest = parseManifest(text);
  if (manifest.kind !== 'image') return noMetadata;
  const config = await ask.config(`${repository}@${manifest.config.digest}`);
  if (config.kind === 'failed') return config;
  const labels = parseLabels(config.text);
  return labels.kind === 'unreadable' ? unreadable('config', labels) : labels;
}

/** podman takes the digest and never looks at the tag beside it; people read the tag. */
async function findMovedTag(
  ask: Ask,
  reference: RegistryReference,
  tag: string,
): Promise<MovedTag | Failed | null> {
  const { digest } = reference;
  if (digest === null) return null;
  const name = `${repositoryName(reference)}:${tag}`;
  const named = await ask.manifest(name);
  if (named.kind === 'failed') {
    return named.failure.code === 'manifest-unknown' ? { kind: 'moved', tag, name, digest: null } : named;
  }
  const manifest = parseManifest(named.text);
  const isOneOfIndex =
    manifest.kind === 'index' && manifest.instances.some((instance) => instance.digest === digest);
  return named.digest === digest || isOneOfIndex ? null : { kind: 'moved', tag, name, digest: named.digest };
}
