import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { PlannedImage, PullPlan } from '../plan/plan.js';
import type { Podman } from '../podman/podman.js';
import type { Reference } from '../reference/reference.js';
import { backoffMs } from './backoff.js';
import { explain } from './explain.js';
import type { PullError, PullObserver, PullOutcome } from './outcome.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { verify } from './verify.js';
import { withCredentials } from './with-credentials.js';
import type { WorkDirectory } from './work-directory.js';

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
  const localFault = new AbortController();
  const signal = AbortSignal.any([settings.signal, localFault.signal]);
  setMaxListeners(0, signal);
  const running = new Map<Reference, Promise<PullAttempts>>();
  for (const planned of missing) {
    const before = planned.startsAfter === null ? undefined : running.get(planned.startsAfter);
    const attempts = Promise.resolve(before).then(() =>
      limit(async () => {
        const directory = work.subdirectory();
        const done = await pullImage(planned, podman, directory, { ...settings, signal }, observer);
        if (isLocalFault(done.error)) localFault.abort(done.error);
        return done;
      }),
    );
    running.set(planned.resolved.image.reference, attempts);
  }
  const done = new Map<PlannedImage, PullAttempts>();
  for (const attempts of await Promise.all(running.values())) done.set(attempts.planned, attempts);
  // Asked after an interruption, too: what was pulled before it is there.
  const stored = await podman.images();
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
  directory: string,
  { retries, signal }: PullSettings,
  observer: PullObserver,
): Promise<PullAttempts> {
  const { resolved } = planned;
  const startedAt = performance.now();
  const files = writePrivateFiles(directory, resolved);
  const end = (attempts: number, ids: readonly string[], error: PullError | null): PullAttempts => {
    const seconds = (performance.now() - startedAt) / 1000;
    observer.ended(planned, error, seconds);
    return { planned, ids, attempts, seconds, error };
  };
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) return end(attempt - 1, [], stopped(signal));
    observer.started(planned, attempt);
    const { result, tried } = await withCredentials(
      resolved.credentials,
      (candidate) => {
        const authfile = authfileFor(directory, resolved, candidate);
        return podman.pull(resolved, { ...files, authfile }, directory, signal);
      },
      (outcome) => (outcome.kind === 'failed' ? outcome.failure : undefined),
    );
    if (result.kind === 'pulled') return end(attempt, result.ids, null);
    if (result.kind === 'stopped') return end(attempt, [], stopped(signal));
    const error = explain(result.failure, resolved, tried);
    if (!error.transient || attempt > retries) return end(attempt, [], error);
    const waitMs = backoffMs(attempt, result.failure.code, Math.random());
    observer.retrying(planned, error, waitMs);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Why the pulls were stopped: the signal carries the reason. */
function stopped({ reason }: AbortSignal): PullError {
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return {
      code: 'timeout',
      transient: true,
      message: 'the time limit of the whole run was reached',
      hint: 'run it again: what is in the store is not pulled twice; or raise --timeout',
    };
  }
  if (isPullError(reason))
    return { ...reason, message: `stopped, because another pull failed: ${reason.message}` };
  return { code: 'interrupted', transient: true, message: 'interrupted', hint: 'run it again' };
}

function isPullError(reason: unknown): reason is PullError {
  return typeof reason === 'object' && reason !== null && 'transient' in reason;
}
