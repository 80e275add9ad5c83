import type { BoundImage } from '../model/bound-image.js';
import type { StoredProblem } from '../model/plan.js';
import { formatPlatform } from '../model/platform.js';
import { repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent, StoreImage } from '../model/store.js';
import { printable } from '../text/printable.js';
import { imagesFor, storedDigests } from '../tools/podman/store-images.js';
import { bestOf, storedProblem } from './stored-problem.js';

/** Whether the store has a bound image, without a question to a registry. */
export interface Presence {
  readonly resolved: ResolvedImage;
  readonly isPresent: boolean;
  /** What the store has under the reference, `algorithm:hex`. */
  readonly digest: string | null;
  /** In bytes, unpacked; null where podman does not say. */
  readonly size: number | null;
  /** What the store's image is for, as `linux/arm64`; null for an artifact, and where nobody knows. */
  readonly platform: string | null;
  /** Why what has its name is not present all the same. */
  readonly problem: StoredProblem | null;
  /** Why it could not be told whether all of it is there, where that is no problem; null when it was. */
  readonly unproved: string | null;
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
      const found = imagesFor(resolved.image, store.images);
      if (found.length > 0 || isNamed(resolved.image)) return imagePresence(resolved, found, store, known);
      // What a path or a short name brought is known by its ID alone.
      const brought = store.images.find(({ id }) => id === known?.id);
      const digest = (brought && known?.digest) ?? null;
      const proved = brought && proofOf(resolved, brought, store);
      return {
        ...(proved ?? unknown),
        resolved,
        isPresent: proved?.problem === null,
        digest,
        size: brought?.size ?? null,
      };
    });
}

/** The store names it by its reference. */
function isNamed({ reference }: BoundImage): boolean {
  return reference.transport === 'docker' && reference.registry !== null;
}

const unknown = { platform: null, problem: null, unproved: null } as const;

function proofOf(
  { image }: ResolvedImage,
  { id }: StoreImage,
  store: StoreContent,
): Pick<Presence, 'platform' | 'problem' | 'unproved'> {
  const proof = store.proofOf(id);
  const isNamed = proof.platform !== null && proof.platform.architecture !== '';
  return {
    platform: isNamed && proof.platform !== null ? printable(formatPlatform(proof.platform)) : null,
    problem: storedProblem(image, proof),
    unproved: proof.unproved,
  };
}

function imagePresence(
  resolved: ResolvedImage,
  stored: readonly StoreImage[],
  store: StoreContent,
  known: RecordedImage | undefined,
): Presence {
  const { reference, options } = resolved.image;
  const bound = reference.transport === 'docker' ? reference.digest : null;
  const found = stored.map((image) => ({
    image,
    digests: storedDigests(image, reference),
    ...proofOf(resolved, image, store),
  }));
  const wanted = bound ?? known?.digest ?? null;
  const right = wanted === null ? found : found.filter(({ digests }) => digests.includes(wanted));
  // Of all tags, each must be right.
  const broken = options.allTags?.value ? right.find(({ problem }) => problem !== null) : undefined;
  const held = broken ?? bestOf(right) ?? bestOf(found);
  const isRight = held !== undefined && right.includes(held);
  return {
    resolved,
    isPresent: isRight && held.problem === null,
    digest: isRight && wanted !== null ? wanted : (held?.digests[0] ?? null),
    size: held?.image.size ?? null,
    platform: held?.platform ?? null,
    problem: held?.problem ?? null,
    unproved: held?.unproved ?? null,
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
  return { ...unknown, resolved, isPresent: digest !== null && digest === wanted, digest, size: null };
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
