import type { Failure } from '../model/failure.js';
import type { PullOutcome } from '../model/outcome.js';
import type { PlannedImage, StoredProblem } from '../model/plan.js';
import type { StoreContent } from '../model/store.js';
import { bestOf, storedProblem } from '../plan/stored-problem.js';
import { findImages, storedDigests } from '../tools/podman/store-images.js';

/** What podman made of one image, before the store is asked. */
export interface PullAttempts {
  readonly planned: PlannedImage;
  /** The same as it was planned at first: a registry may have been asked once more. */
  readonly original: PlannedImage;
  /** podman could get nothing else than the digest of the plan. */
  readonly isPinned: boolean;
  /** As podman printed them. */
  readonly ids: readonly string[];
  readonly attempts: number;
  readonly seconds: number;
  /** Over all attempts, in bytes. */
  readonly received: number;
  readonly error: Failure | null;
}

/**
 * Judges one image by what the store holds, and not by podman's exit status.
 *
 * @param store `undefined` where nothing was pulled; an error where the store could not be asked, so that nothing
 * is proved
 */
export function verify(done: PullAttempts, store: StoreContent | Failure | undefined): PullOutcome {
  const { planned, attempts, seconds, received: bytes } = done;
  if (store !== undefined && 'code' in store) {
    const error = done.error ?? store;
    return { planned, state: 'failed', digest: null, id: null, bytes, attempts, seconds, error };
  }
  if (store === undefined && planned.state === 'present') {
    const { digest, id, error } = planned;
    const state = error === null ? 'present' : 'failed';
    return { planned, state, digest, id, bytes, attempts, seconds, error };
  }
  const found = store && findPulled(done, store);
  if (found === undefined) {
    const error = done.error ?? {
      code: 'not-in-store',
      kind: 'transient',
      message:
        attempts === 0
          ? 'the image was in the store before the pulls, and is not any more'
          : 'podman reported success, but the image is not in the store',
      hint: 'see whether something removes images, for example a prune timer',
    };
    return { planned, state: 'failed', digest: null, id: null, bytes, attempts, seconds, error };
  }
  const { id, digests, problem } = found;
  // A tag may have moved since the plan.
  const digest = digests.find((each) => each === planned.digest) ?? digests[0] ?? planned.digest;
  if (problem !== null) {
    const error = done.error ?? { ...problem, kind: 'permanent' };
    return { planned, state: 'failed', digest, id, bytes, attempts, seconds, error };
  }
  const state = attempts === 0 ? 'present' : 'pulled';
  return { planned, state, digest, id, bytes, attempts, seconds, error: null };
}

interface Pulled {
  readonly id: string | null;
  readonly digests: readonly string[];
  readonly problem: StoredProblem | null;
}

function findPulled(done: PullAttempts, store: StoreContent): Pulled | undefined {
  const { planned, error } = done;
  const { reference, options } = planned.resolved.image;
  // Then what is there may be the old image, that of another platform, or the first of the tags.
  if (error !== null && (planned.state === 'stale' || options.allTags?.value)) return undefined;
  const pulled = findUnderName(done, store);
  if (pulled === undefined || isUnchanged(planned, pulled)) return undefined;
  if (done.isPinned && planned.digest !== null && !pulled.digests.includes(planned.digest)) return undefined;
  if (reference.transport !== 'docker' || reference.digest === null) return pulled;
  return pulled.digests.includes(reference.digest) ? pulled : undefined;
}

/** Still the old image, under none but the old digests. A tag may have moved once more since the plan. */
function isUnchanged({ state, id, digest }: PlannedImage, pulled: Pulled): boolean {
  if (state !== 'stale' || digest === null || id === null || pulled.id !== id) return false;
  return pulled.digests.length > 0 && !pulled.digests.includes(digest);
}

function findUnderName(
  { planned, ids }: PullAttempts,
  { images, artifacts, proofOf }: StoreContent,
): Pulled | undefined {
  const { kind, reference, options } = planned.resolved.image;
  if (kind === 'artifact') {
    const digest = artifacts.get(planned.resolved);
    return digest === undefined ? undefined : { id: null, digests: [digest], problem: null };
  }
  const isNamed = reference.transport === 'docker' && reference.registry !== null && !options.allTags?.value;
  const byId = isNamed ? [] : images.filter(({ id }) => ids.includes(id));
  // Of all tags, each must have come.
  if (options.allTags?.value && byId.length < new Set(ids).size) return undefined;
  const found = (byId.length > 0 ? byId : findImages(images, planned.resolved.image)).map((image) => ({
    id: image.id,
    digests: storedDigests(image, reference),
    problem: storedProblem(planned.resolved.image, proofOf(image.id)),
  }));
  const broken = options.allTags?.value ? found.find(({ problem }) => problem !== null) : undefined;
  return broken ?? bestOf(found);
}
