import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { PlannedImage, PullPlan } from '../plan/plan.js';
import type { Podman } from '../podman/podman.js';
import type { Reference } from '../reference/reference.js';
import type { PullError, PullObserver, PullOutcome } from './outcome.js';
import { type PullAttempts, pullImage } from './pull-image.js';
import { verify } from './verify.js';
import type { WorkDirectory } from './work-directory.js';

/** However long podman waits for the lock of the store, an interrupted run must come to its end. */
const lastLookMs = 60_000;

export interface PullSettings {
  /** How many images at the same time. */
  readonly concurrency: number;
  /** How many more attempts after a failed one. */
  readonly retries: number;
  /** Stops everything: what is in the store stays there, what is not fails. */
  readonly signal: AbortSignal;
}

/**
 * Pulls what a plan says is missing, in parallel, and proves with one more look at the store that every image
 * is there. One failed image does not stop the others, unless this machine itself is at fault. With nothing
 * to pull, no process is started.
 */
export async function pull(
  plan: PullPlan,
  podman: Podman,
  work: WorkDirectory,
  settings: PullSettings,
  observer: PullObserver,
): Promise<readonly PullOutcome[]> {
  const missing = plan.images.filter(({ state }) => state !== 'present');
  if (missing.length === 0) return plan.images.map(asPresent);

  const limit = pLimit(settings.concurrency);
  const stop = new AbortController();
  const signal = AbortSignal.any([settings.signal, stop.signal]);
  setMaxListeners(0, signal);
  const running = new Map<Reference, Promise<PullAttempts>>();
  for (const planned of missing) {
    const before = planned.startsAfter === null ? undefined : running.get(planned.startsAfter);
    const attempts = Promise.allSettled([before]).then(async () => {
      const done = await pullImage(planned, podman, work, limit, { ...settings, signal }, observer);
      if (isLocalFault(done.error)) stop.abort(done.error);
      return done;
    });
    // Without a place for temporary files, for example, the others must end before this is told.
    attempts.catch((error: unknown) => stop.abort(error));
    running.set(planned.resolved.image.reference, attempts);
  }
  await Promise.allSettled(running.values());
  const done = new Map<PlannedImage, PullAttempts>();
  for (const attempts of await Promise.all(running.values())) done.set(attempts.planned, attempts);
  // Asked after an interruption, too: what was pulled before it is there.
  const stored = await podman.images(AbortSignal.timeout(lastLookMs));
  return plan.images.map((planned) => verify(done.get(planned) ?? untouched(planned), stored));
}

function asPresent(planned: PlannedImage): PullOutcome {
  const { digest, id } = planned;
  return { planned, state: 'present', digest, id, attempts: 0, seconds: 0, error: null };
}

/** An image that was present before, and must still be after the others have come. */
function untouched(planned: PlannedImage): PullAttempts {
  return { planned, ids: [], attempts: 0, seconds: 0, error: null };
}

function isLocalFault(error: PullError | null): boolean {
  return error?.code === 'no-space' || error?.code === 'read-only';
}
