import type { StoreContent } from '../podman/store-content.js';
import { findImage, type StoreImage, storedDigests } from '../podman/store-images.js';
import { repositoryName } from '../reference/reference.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import type { BoundImage } from '../scan/bound-image.js';

/** Whether the store has a bound image, without a question to a registry. */
export interface Presence {
  readonly resolved: ResolvedImage;
  readonly isPresent: boolean;
  /** What the store has under the reference, `algorithm:hex`. */
  readonly digest: string | null;
  /** In bytes, unpacked; null where podman does not say. */
  readonly size: number | null;
}

/** What was proved to be in the store for a reference; each is null where nobody knows it. */
export interface RecordedImage {
  readonly digest: string | null;
  readonly id: string | null;
}

/** By the text of the reference. */
export type RecordedImages = ReadonlyMap<string, RecordedImage>;

/**
 * Looks for each image under its name and, where one is bound or `recorded` for its reference, with that digest: a
 * tag may mean another image by now than the one that was proved to be there. An AllTags= stands for the tags that
 * are recorded.
 */
export function presenceOf(
  images: readonly ResolvedImage[],
  store: StoreContent,
  recorded: RecordedImages = new Map(),
): readonly Presence[] {
  return images
    .flatMap((resolved) => recordedTags(resolved, recorded))
    .map((resolved) => {
      const { kind, reference } = resolved.image;
      const known = recorded.get(reference.text);
      if (kind === 'artifact') return artifactPresence(resolved, store, known);
      const stored = imagesFor(resolved.image, store.images);
      if (stored.length > 0 || isNamed(resolved.image)) return imagePresence(resolved, stored, known);
      // What a path or a short name brought is known by its ID alone.
      const brought = store.images.find(({ id }) => id === known?.id);
      const digest = (brought && known?.digest) ?? null;
      return { resolved, isPresent: brought !== undefined, digest, size: brought?.size ?? null };
    });
}

/**
 * The images of the store that a bound image may mean. There may be several for a short name, for the digest of an
 * index, and for AllTags=, which means every tag.
 */
export function imagesFor(
  { reference, options }: Pick<BoundImage, 'reference' | 'options'>,
  images: readonly StoreImage[],
): readonly StoreImage[] {
  return images.filter((image) => {
    if (reference.transport !== 'docker' || !options.allTags?.value) {
      return findImage([image], reference) !== undefined;
    }
    return image.names.some((name) => {
      const tag = /:([^:/@]+)$/.exec(name)?.[1] ?? null;
      return tag !== null && findImage([{ ...image, names: [name] }], { ...reference, tag }) !== undefined;
    });
  });
}

/** The store names it by its reference. */
function isNamed({ reference }: BoundImage): boolean {
  return reference.transport === 'docker' && reference.registry !== null;
}

function imagePresence(
  resolved: ResolvedImage,
  stored: readonly StoreImage[],
  known: RecordedImage | undefined,
): Presence {
  const { reference } = resolved.image;
  const bound = reference.transport === 'docker' ? reference.digest : null;
  const found = stored.map((image) => ({ image, digests: storedDigests(image, reference) }));
  const wanted = bound ?? known?.digest ?? null;
  const proved = wanted === null ? undefined : found.find(({ digests }) => digests.includes(wanted));
  const { image, digests = [] } = proved ?? found[0] ?? {};
  return {
    resolved,
    isPresent: wanted === null ? image !== undefined : proved !== undefined,
    digest: proved === undefined ? (digests[0] ?? null) : wanted,
    size: image?.size ?? null,
  };
}

function artifactPresence(
  resolved: ResolvedImage,
  { artifacts }: StoreContent,
  known: RecordedImage | undefined,
): Presence {
  const { reference } = resolved.image;
  const digest = artifacts.get(resolved) ?? null;
  const wanted = (reference.transport === 'docker' ? reference.digest : null) ?? known?.digest ?? digest;
  return { resolved, isPresent: digest !== null && digest === wanted, digest, size: null };
}

/** An AllTags= as what it was recorded as: an image for each tag that the registry had. */
function recordedTags(resolved: ResolvedImage, recorded: RecordedImages): readonly ResolvedImage[] {
  const { image } = resolved;
  const { reference, options } = image;
  if (!options.allTags?.value || reference.transport !== 'docker') return [resolved];
  const prefix = `${repositoryName(reference)}:`;
  const texts = [...recorded.keys()].filter((text) => text.startsWith(prefix));
  if (texts.length === 0) return [resolved];
  return texts.map((text) => {
    const tagged = { ...reference, text, tag: text.slice(prefix.length) };
    return {
      ...resolved,
      image: { ...image, reference: tagged, options: { ...options, allTags: undefined } },
    };
  });
}
