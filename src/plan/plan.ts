import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import type { BoundImage } from '../model/bound-image.js';
import { isTransient } from '../model/failure.js';
import type { StoredProblem } from '../model/plan.js';
import {
  isPulled,
  type PlannedImage,
  type PlannedLayer,
  type PullPlan,
  type PullPolicy,
} from '../model/plan.js';
import type { RegistryView, StoreView } from '../model/ports.js';
import type { Reference } from '../model/reference/reference.js';
import type { RemoteImage } from '../model/remote-image.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { findImages, storedDigests } from '../tools/podman/store-images.js';
import { expandAll } from './expand-tags.js';
import { startsAfter } from './starts-after.js';
import { bestOf, storedProblem } from './stored-problem.js';

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
  const found = await Promise.all(expanded.map((image) => lookUp(image, policy, store, registry)));
  const isMissing = found.some(({ remote }) => remote !== undefined);
  const layers = isMissing ? await store.layers() : new Set<string>();
  const planned = found.map(({ remote, ...image }) => ({
    ...image,
    content: remote?.content ?? null,
    // What stands on a damaged layer is removed before it is pulled, with the layers that nobody else needs.
    layers:
      remote === undefined
        ? image.layers
        : plannedLayers(remote, image.problem?.code === 'damaged' ? new Set() : layers),
  }));
  const earlier = startsAfter(planned.filter(isPulled));
  return {
    images: planned.map((image) => {
      const { diagnostics: _, ...rest } = image;
      const before = earlier.get(image) ?? [];
      return { ...rest, startsAfter: before.map(({ resolved }) => resolved.image.reference) };
    }),
    diagnostics: planned.flatMap(({ diagnostics }) => diagnostics),
  };
}

/** The layers of an image, each once: podman fetches one that an image names twice once, too. */
export function plannedLayers(
  remote: Pick<RemoteImage, 'layers'>,
  stored: ReadonlySet<string>,
): readonly PlannedLayer[] | null {
  if (remote.layers === null) return null;
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
  registry: RegistryView | undefined,
): Promise<LookedUp> {
  const { reference, sources, options } = resolved.image;
  const bound = reference.transport === 'docker' ? reference.digest : null;
  const held = await findHeld(resolved, store);
  if (held === undefined) return await lookAtMissing(resolved, 'missing', null, registry);
  const { id, isComparable, digests, problem } = held;
  if (problem?.code === 'no-platform' || problem?.code === 'damaged') {
    const state = problem.code === 'damaged' ? 'missing' : 'stale';
    // What is damaged is not removed before it is known that it can be had.
    const missing = await lookAtMissing(resolved, state, id, registry, problem.code === 'damaged');
    return { ...missing, problem };
  }
  const digest = bound ?? digests[0] ?? null;
  const present: LookedUp = {
    resolved,
    state: 'present',
    digest,
    id,
    layers: [],
    content: null,
    lookUpFailure: null,
    problem,
    error: problem && { ...problem, kind: 'permanent' },
    diagnostics: [],
  };
  // To pull it again would prove no more.
  if (bound !== null || problem !== null) return present;
  if (policy === 'always' || (options.allTags?.value && policy === 'newer'))
    return await lookAtMissing(resolved, 'stale', id, registry);
  if (policy === 'missing' || !isComparable || registry === undefined) return present;
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
  /** A pull would ask a registry for it under the name that it has. */
  readonly isComparable: boolean;
  readonly digests: readonly string[];
  readonly problem: StoredProblem | null;
}

async function findHeld(resolved: ResolvedImage, store: StoreView): Promise<Held | undefined> {
  const { kind, reference } = resolved.image;
  if (kind === 'artifact') {
    const digest = await store.artifact(resolved);
    return digest === undefined
      ? undefined
      : { id: null, isComparable: isNamed(reference), digests: [digest], problem: null };
  }
  return bestOf(
    findImages(store.images, resolved.image).map((image) => ({
      id: image.id,
      isComparable: isNamed(reference) || isPullName(image.names, resolved.image),
      digests: storedDigests(image, reference),
      problem: storedProblem(resolved.image, store.proofOf(image.id)),
    })),
  );
}

async function lookAtMissing(
  resolved: ResolvedImage,
  state: 'missing' | 'stale',
  id: string | null,
  registry: RegistryView | undefined,
  isToAnswer = false,
): Promise<LookedUp> {
  const { reference, sources, options } = resolved.image;
  const unknown = toBePulled(resolved, state, id);
  // What a path names comes over no network, so that nothing can be fetched twice.
  if (reference.transport !== 'docker') return { ...unknown, layers: [] };
  if (registry === undefined || options.allTags?.value) return unknown;
  const looked = await registry.image(resolved, []);
  switch (looked.kind) {
    case 'found':
      return { ...unknown, digest: looked.image.digest, remote: looked.image };
    case 'same':
      return unknown;
    case 'failed': {
      const { error } = looked;
      if (error.code === 'unsupported' && !isToAnswer) {
        const args = { reference: reference.text, problem: error.message };
        const diagnostics = [diagnose('registry-not-asked', sources[0] ?? nowhere, args)];
        return { ...unknown, lookUpFailure: error, diagnostics };
      }
      if (!isTransient(error) || isToAnswer) return { ...unknown, error };
      // A pull is tried again, for as long as that may help; the plan need not wait for that.
      const args = { reference: reference.text, problem: error.message };
      const diagnostics = [diagnose('not-looked-up', sources[0] ?? nowhere, args)];
      return { ...unknown, lookUpFailure: error, diagnostics };
    }
  }
}

function toBePulled(resolved: ResolvedImage, state: 'missing' | 'stale', id: string | null): LookedUp {
  const { reference } = resolved.image;
  const digest = reference.transport === 'docker' ? reference.digest : null;
  return {
    resolved,
    state,
    digest,
    id,
    layers: null,
    content: null,
    lookUpFailure: null,
    problem: null,
    error: null,
    diagnostics: [],
  };
}

/** What a path has brought into the store is not known under a name that could be compared. */
function isNamed(reference: Reference): boolean {
  return reference.transport === 'docker' && reference.registry !== null;
}

/** podman takes what has another name that a short one may mean, such as one under localhost/, for that. */
function isPullName(names: readonly string[], { shortNames }: Pick<BoundImage, 'shortNames'>): boolean {
  return shortNames?.pulled.some((name) => names.includes(name)) === true;
}
