import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { BoundImagesError } from '../error.js';
import type { PlannedImage, PullPlan } from '../plan/plan.js';
import type { Failure } from '../podman/failure.js';
import type { Podman, PullAttempt } from '../podman/podman.js';
import type { Reference } from '../reference/reference.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { errnoCode, errnoReason } from '../root/errno.js';
import { backoffMs } from './backoff.js';
import { explain } from './explain.js';
import type { PullError, PullObserver, PullOutcome } from './outcome.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { stopped } from './stopped.js';
import { verify } from './verify.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
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

/** What podman made of one image, before the store is asked. */
export interface PullAttempts {
  readonly planned: PlannedImage;
  readonly ids: readonly string[];
  readonly attempts: number;
  readonly seconds: number;
  readonly error: PullError | null;
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

async function pullImage(
  planned: PlannedImage,
  podman: Podman,
  work: WorkDirectory,
  slot: LimitFunction,
  { retries, signal }: Pick<PullSettings, 'retries' | 'signal'>,
  observer: PullObserver,
): Promise<PullAttempts> {
  const { resolved } = planned;
  const startedAt = performance.now();
  const end = (attempts: number, ids: readonly string[], error: PullError | null): PullAttempts => {
    const seconds = (performance.now() - startedAt) / 1000;
    observer.ended(planned, error, seconds);
    return { planned, ids, attempts, seconds, error };
  };
  let directory: string | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const { result, tried } = await slot(async () => {
      if (signal.aborted) return { result: { kind: 'stopped' } as const, tried: [] };
      observer.started(planned, attempt);
      directory ??= work.subdirectory();
      return await attemptPull(resolved, podman, directory, signal);
    });
    if (result.kind === 'pulled') return end(attempt, result.ids, null);
    if (result.kind === 'stopped')
      return end(tried.length === 0 ? attempt - 1 : attempt, [], stopped(signal));
    const error = explain(result.failure, resolved, tried);
    if (!error.transient || attempt > retries) return end(attempt, [], error);
    const waitMs = backoffMs(attempt, result.failure.code, Math.random());
    observer.retrying(planned, error, waitMs);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

async function attemptPull(
  resolved: ResolvedImage,
  podman: Podman,
  directory: string,
  signal: AbortSignal,
): Promise<AuthAttempt<PullAttempt>> {
  try {
    const files = writePrivateFiles(directory, resolved);
    return await withCredentials(
      resolved.credentials,
      (candidate) => {
        const authfile = authfileFor(directory, resolved, candidate);
        return podman.pull(resolved, { ...files, authfile }, directory, signal);
      },
      (outcome) => (outcome.kind === 'failed' ? outcome.failure : undefined),
    );
  } catch (error) {
    // What concerns every image ends the run; what is about this one's files or arguments is its failure.
    if (error instanceof BoundImagesError) throw error;
    return { result: { kind: 'failed', failure: failureOf(error) }, tried: resolved.credentials.slice(0, 1) };
  }
}

function failureOf(error: unknown): Failure {
  const message = errnoReason(error);
  switch (errnoCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'no-space', kind: 'local', message };
    case 'EROFS':
      return { code: 'read-only', kind: 'local', message };
    default:
      return { code: 'unknown', kind: 'permanent', message };
  }
}
