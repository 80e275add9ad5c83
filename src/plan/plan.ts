import { type Diagnostic, nowhere } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { findImage, type StoreImage, storedDigests } from '../podman/store-images.js';
import type { PullError } from '../pull/outcome.js';
import type { Reference } from '../reference/reference.js';
import { canonicalPlatform, isSuitable, type Platform, wantedPlatform } from '../registry/platform.js';
import type { RemoteImage } from '../registry/remote-image.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { expandAll } from './expand-tags.js';
import { type Job, order, startsAfter } from './schedule.js';

/**
 * What to do about a tag that the store already has: `newer` asks the registry whether it has moved,
 * `missing` keeps what is there, `always` pulls again. A digest never moves, and is never asked for.
 */
export type PullPolicy = 'newer' | 'missing' | 'always';

export interface PlannedImage {
  readonly resolved: ResolvedImage;
  readonly state: 'present' | 'missing' | 'stale';
  /** The digest that must be in the store in the end, as far as it is known beforehand. */
  readonly digest: string | null;
  /** Its ID in the store, for an image that is there. */
  readonly id: string | null;
  /** The layers of an image to be pulled, in order; `null` where nobody knows them. None of one that is present. */
  readonly layers: readonly PlannedLayer[] | null;
  /** The images that fetch layers which this one shares, and start before it. */
  readonly startsAfter: readonly Reference[];
  /** Why it cannot be pulled, where that is known beforehand. */
  readonly error: PullError | null;
}

export interface PlannedLayer {
  /** `algorithm:hex` of the compressed layer. */
  readonly digest: string;
  /** Compressed, in bytes. */
  readonly size: number;
  /** Of its table of contents, by which a store knows a layer that came in parts; as in `RemoteLayer`. */
  readonly tocDigest?: string | undefined;
  /** The store has it already. */
  readonly present: boolean;
}

export interface PullPlan {
  readonly images: readonly PlannedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What a registry says of an image. */
export type Looked =
  | { readonly kind: 'found'; readonly image: RemoteImage }
  /** One of the digests that the store has for the tag. */
  | { readonly kind: 'same'; readonly digest: string }
  | { readonly kind: 'failed'; readonly error: PullError };

export type LookedForTags =
  | { readonly kind: 'found'; readonly tags: readonly string[] }
  | { readonly kind: 'failed'; readonly error: PullError };

/** What the plan step may ask a registry. */
export interface RegistryView {
  /** The image behind a reference; `stored` are the digests that the store has under it. */
  image(image: ResolvedImage, stored: readonly string[]): Promise<Looked>;
  tags(image: ResolvedImage): Promise<LookedForTags>;
}

/** What the plan step may ask the store. */
export interface StoreView {
  readonly images: readonly StoreImage[];
  /** The digest of an artifact that is there. */
  artifact(image: ResolvedImage): Promise<string | undefined>;
  /** The platforms of images by ID. Asked only when an image is there that must be for a certain one. */
  platforms(ids: readonly string[]): Promise<ReadonlyMap<string, Platform>>;
  /** Digests of the layers that need not be fetched. Asked only when an image is missing. */
  layers(): Promise<ReadonlySet<string>>;
}

/** Nothing is to be pulled. */
export function isComplete(plan: PullPlan): boolean {
  return plan.images.every(({ state }) => state === 'present');
}

/**
 * Finds out what must be pulled, which layers that takes, and in which order. Without a `registry` the layers
 * are unknown, and so is whether a tag has moved.
 */
export async function planPulls(
  images: readonly ResolvedImage[],
  policy: PullPolicy,
  store: StoreView,
  registry: RegistryView | undefined,
): Promise<PullPlan> {
  const expanded = await expandAll(images, registry);
  const platforms = await storedPlatforms(expanded, store);
  const found = await Promise.all(expanded.map((image) => lookUp(image, policy, store, platforms, registry)));
  const isMissing = found.some(({ remote }) => remote !== undefined);
  const layers = isMissing ? await store.layers() : new Set<string>();
  const planned = found.map(({ remote, ...image }) => ({
    ...image,
    layers: remote === undefined ? image.layers : plannedLayers(remote, layers),
  }));
  const earlier = startsAfter(order(planned.filter(isPulled).map(jobOf)));
  return {
    images: planned.map(({ diagnostics: _, ...image }) => ({
      ...image,
      startsAfter: earlier.get(image.resolved)?.map(({ image: { reference } }) => reference) ?? [],
    })),
    diagnostics: planned.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** What the schedule knows of a pull: its layers that the store does not have. */
export function jobOf({ resolved, layers }: Pick<PlannedImage, 'resolved' | 'layers'>): Job<ResolvedImage> {
  const missing = layers?.filter(({ present }) => !present);
  return {
    key: resolved,
    layers: missing === undefined ? null : new Map(missing.map(({ digest, size }) => [digest, size])),
  };
}

/** It is to be pulled, as far as is known with a chance. */
export function isPulled({ state, error }: Pick<PlannedImage, 'state' | 'error'>): boolean {
  return state !== 'present' && error === null;
}

function plannedLayers(remote: RemoteImage, stored: ReadonlySet<string>): readonly PlannedLayer[] | null {
  if (remote.layers === null) return null;
  // An image may name a layer twice; podman fetches it once.
  const layers = new Map(remote.layers.map((layer) => [layer.digest, layer]));
  return [...layers.values()].map((layer) => ({ ...layer, present: isStored(layer, stored) }));
}

/** Whether the layer is among those that a store lists. */
export function isStored(
  { digest, tocDigest }: Pick<PlannedLayer, 'digest' | 'tocDigest'>,
  stored: ReadonlySet<string>,
): boolean {
  return stored.has(digest) || (tocDigest !== undefined && stored.has(tocDigest));
}

interface LookedUp extends Omit<PlannedImage, 'startsAfter'> {
  readonly diagnostics: readonly Diagnostic[];
  /** What is to be pulled, where that is known. */
  readonly remote?: RemoteImage;
}

async function lookUp(
  resolved: ResolvedImage,
  policy: PullPolicy,
  store: StoreView,
  platforms: ReadonlyMap<string, Platform>,
  registry: RegistryView | undefined,
): Promise<LookedUp> {
  const { reference, sources, options } = resolved.image;
  const bound = reference.transport === 'docker' ? reference.digest : null;
  const held = await findHeld(resolved, store);
  if (held === undefined) return await lookAtMissing(resolved, 'missing', null, registry);
  const { id, digests } = held;
  if (id !== null && !isForPlatform(platforms.get(id), resolved))
    return await lookAtMissing(resolved, 'stale', id, registry);
  const digest = bound ?? digests[0] ?? null;
  const present: LookedUp = {
    resolved,
    state: 'present',
    digest,
    id,
    layers: [],
    error: null,
    diagnostics: [],
  };
  if (bound !== null) return present;
  if (policy === 'always' || (options.allTags?.value && policy === 'newer'))
    return await lookAtMissing(resolved, 'stale', id, registry);
  if (policy === 'missing' || !isAskable(reference) || registry === undefined) return present;
  const looked = await registry.image(resolved, digests);
  switch (looked.kind) {
    case 'same':
      return { ...present, digest: looked.digest };
    case 'found':
      return { ...toBePulled(resolved, 'stale', id), digest: looked.image.digest, remote: looked.image };
    case 'failed': {
      const args = { reference: reference.text, problem: looked.error.message };
      return { ...present, diagnostics: [diagnose('tag-not-compared', sources[0] ?? nowhere, args)] };
    }
  }
}

/** What the store has under a reference. */
interface Held {
  /** null for an artifact, which has none. */
  readonly id: string | null;
  readonly digests: readonly string[];
}

async function findHeld(resolved: ResolvedImage, store: StoreView): Promise<Held | undefined> {
  const { kind, reference } = resolved.image;
  if (kind === 'artifact') {
    const digest = await store.artifact(resolved);
    return digest === undefined ? undefined : { id: null, digests: [digest] };
  }
  const image = findImage(store.images, reference);
  return image && { id: image.id, digests: storedDigests(image, reference) };
}

async function lookAtMissing(
  resolved: ResolvedImage,
  state: 'missing' | 'stale',
  id: string | null,
  registry: RegistryView | undefined,
): Promise<LookedUp> {
  const { reference, sources, options } = resolved.image;
  const unknown = toBePulled(resolved, state, id);
  // What a path names comes over no network, so that nothing can be fetched twice.
  if (reference.transport !== 'docker') return { ...unknown, layers: [] };
  if (!isAskable(reference) || registry === undefined || options.allTags?.value) return unknown;
  const looked = await registry.image(resolved, []);
  switch (looked.kind) {
    case 'found':
      return { ...unknown, digest: looked.image.digest, remote: looked.image };
    case 'same':
      return unknown;
    case 'failed': {
      const { error } = looked;
      if (!error.transient) return { ...unknown, error };
      // A pull is tried again, for as long as that may help; the plan need not wait for that.
      const args = { reference: reference.text, problem: error.message };
      return { ...unknown, diagnostics: [diagnose('not-looked-up', sources[0] ?? nowhere, args)] };
    }
  }
}

function toBePulled(resolved: ResolvedImage, state: 'missing' | 'stale', id: string | null): LookedUp {
  const { reference } = resolved.image;
  const digest = reference.transport === 'docker' ? reference.digest : null;
  return { resolved, state, digest, id, layers: null, error: null, diagnostics: [] };
}

/** Which registry a short name means is podman's to find out, so there is none to ask. */
function isAskable(reference: Reference): boolean {
  return reference.transport === 'docker' && reference.registry !== null;
}

async function storedPlatforms(
  images: readonly ResolvedImage[],
  store: StoreView,
): Promise<ReadonlyMap<string, Platform>> {
  const ids = images
    .filter(({ image: { options } }) => (options.arch ?? options.os ?? options.variant) !== undefined)
    .flatMap(({ image: { reference } }) => findImage(store.images, reference)?.id ?? []);
  return ids.length === 0 ? new Map() : await store.platforms(ids);
}

/** The store holds a name once, and it may be the image of another platform that has it. */
function isForPlatform(platform: Platform | undefined, { image: { options } }: ResolvedImage): boolean {
  if (platform === undefined) return true;
  return isSuitable(canonicalPlatform(platform), wantedPlatform(options));
}
