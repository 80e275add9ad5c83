import { type Diagnostic, nowhere } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { Failure } from '../podman/failure.js';
import { findImage, type StoreImage, storedDigests } from '../podman/store-images.js';
import type { Reference } from '../reference/reference.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { leaders } from './order.js';

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
  /** The image that is pulled before this one. */
  readonly startsAfter: Reference | null;
}

export interface PullPlan {
  readonly images: readonly PlannedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

export type RemoteDigest =
  | { readonly kind: 'found'; readonly digest: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Nothing is to be pulled. */
export function isComplete(plan: PullPlan): boolean {
  return plan.images.every(({ state }) => state === 'present');
}

/** What the plan step may ask a registry: the digest behind the tag of an image. */
export type AskRegistry = (image: ResolvedImage) => Promise<RemoteDigest>;

/** Finds out what must be pulled. `ask` is called for tags that are present, under the policy `newer`. */
export async function planPulls(
  images: readonly ResolvedImage[],
  stored: readonly StoreImage[],
  policy: PullPolicy,
  ask: AskRegistry | undefined,
): Promise<PullPlan> {
  const found = await Promise.all(images.map((image) => lookUp(image, stored, policy, ask)));
  const waiting = found.filter(({ state }) => state !== 'present');
  const order = leaders(waiting.map(({ resolved }) => resolved.image.reference));
  const startsAfter = new Map(waiting.map(({ resolved }, index) => [resolved, order[index]]));
  return {
    images: found.map(({ resolved, state, digest, id }) => ({
      resolved,
      state,
      digest,
      id,
      startsAfter: startsAfter.get(resolved) ?? null,
    })),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface LookedUp extends Omit<PlannedImage, 'startsAfter'> {
  readonly diagnostics: readonly Diagnostic[];
}

async function lookUp(
  resolved: ResolvedImage,
  stored: readonly StoreImage[],
  policy: PullPolicy,
  ask: AskRegistry | undefined,
): Promise<LookedUp> {
  const { reference, sources, options } = resolved.image;
  const bound = reference.transport === 'docker' ? reference.digest : null;
  const image = findImage(stored, reference);
  if (image === undefined) return { resolved, state: 'missing', digest: bound, id: null, diagnostics: [] };
  const { id } = image;
  if (bound !== null) return { resolved, state: 'present', digest: bound, id, diagnostics: [] };
  const digests = storedDigests(image, reference);
  const present = { resolved, state: 'present', digest: digests[0] ?? null, id, diagnostics: [] } as const;
  // Which tags there are is the registry's to say.
  if (policy === 'always' || (options.allTags?.value && policy === 'newer'))
    return { resolved, state: 'stale', digest: null, id, diagnostics: [] };
  // Which registry a short name means is podman's to find out, so there is none to ask.
  const isShort = reference.transport === 'docker' && reference.registry === null;
  if (policy === 'missing' || ask === undefined || isShort) return present;
  const remote = await ask(resolved);
  if (remote.kind === 'failed') {
    const args = { reference: reference.text, problem: remote.failure.message };
    return { ...present, diagnostics: [diagnose('tag-not-compared', sources[0] ?? nowhere, args)] };
  }
  const state = digests.includes(remote.digest) ? 'present' : 'stale';
  return { resolved, state, digest: remote.digest, id, diagnostics: [] };
}
