import { findImage, type StoreImage, storedDigests } from '../podman/store-images.js';
import type { PullOutcome } from './outcome.js';
import type { PullAttempts } from './pull-image.js';

/** Judges one image by what the store holds, and not by podman's exit status. */
export function verify(done: PullAttempts, stored: readonly StoreImage[]): PullOutcome {
  const { planned, attempts, seconds } = done;
  const { reference } = planned.resolved.image;
  const image = findPulled(done, stored);
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
    return { planned, state: 'failed', digest: null, id: null, attempts, seconds, error };
  }
  const digest = planned.digest ?? storedDigests(image, reference)[0] ?? null;
  const state = attempts === 0 ? 'present' : 'pulled';
  return { planned, state, digest, id: image.id, attempts, seconds, error: null };
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
  if (planned.digest !== null) {
    return storedDigests(image, reference).includes(planned.digest) ? image : undefined;
  }
  // Of a tag that was there before, an old image may still be there after a pull that failed.
  return planned.state === 'stale' && error !== null ? undefined : image;
}
