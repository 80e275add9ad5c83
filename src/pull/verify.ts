import type { PlannedImage } from '../plan/plan.js';
import { findImage, type StoreImage, storedDigests } from '../podman/store-images.js';
import type { PullError, PullOutcome } from './outcome.js';

/** What podman made of one image, before the store is asked. */
export interface PullAttempts {
  readonly planned: PlannedImage;
  /** As podman printed them. */
  readonly ids: readonly string[];
  readonly attempts: number;
  readonly seconds: number;
  /** Over all attempts, in bytes. */
  readonly received: number;
  readonly error: PullError | null;
}

/**
 * Judges one image by what the store holds, and not by podman's exit status.
 *
 * @param stored the images of the store after the pulls; `undefined` where nothing was pulled
 */
export function verify(done: PullAttempts, stored: readonly StoreImage[] | undefined): PullOutcome {
  const { planned, attempts, seconds, received: bytes } = done;
  const { reference } = planned.resolved.image;
  if (stored === undefined && planned.state === 'present') {
    const { digest, id } = planned;
    return { planned, state: 'present', digest, id, bytes, attempts, seconds, error: null };
  }
  const image = findPulled(done, stored ?? []);
  if (image === undefined) {
    const error = done.error ?? {
      code: 'not-in-store',
      transient: true,
      message:
        attempts === 0
          ? 'the image was in the store before the pulls, and is not any more'
          : 'podman reported success, but the image is not in the store',
      hint: 'see whether something removes images, for example a prune timer',
    };
    return { planned, state: 'failed', digest: null, id: null, bytes, attempts, seconds, error };
  }
  const digests = storedDigests(image, reference);
  // A tag may have moved since the plan.
  const digest = digests.find((each) => each === planned.digest) ?? digests[0] ?? planned.digest;
  const state = attempts === 0 ? 'present' : 'pulled';
  return { planned, state, digest, id: image.id, bytes, attempts, seconds, error: null };
}

function findPulled(
  { planned, ids, error }: PullAttempts,
  stored: readonly StoreImage[],
): StoreImage | undefined {
  const { reference, options } = planned.resolved.image;
  const isNamed = reference.transport === 'docker' && reference.registry !== null && !options.allTags?.value;
  const byId = isNamed ? [] : stored.filter(({ id }) => ids.includes(id));
  // Of all tags, each must have come.
  if (options.allTags?.value && byId.length < new Set(ids).size) return undefined;
  const image = byId[0] ?? findImage(stored, reference);
  if (image === undefined) return undefined;
  if (reference.transport === 'docker' && reference.digest !== null) {
    return storedDigests(image, reference).includes(reference.digest) ? image : undefined;
  }
  // Of a tag that was there before, an old image may still be there after a pull that failed.
  return planned.state === 'stale' && error !== null ? undefined : image;
}
