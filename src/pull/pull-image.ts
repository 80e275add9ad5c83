import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import { BoundImagesError } from '../error.js';
import type { PlannedImage } from '../plan/plan.js';
import type { Failure } from '../podman/failure.js';
import type { Podman, PullAttempt } from '../podman/podman.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { errnoCode, errnoReason } from '../root/errno.js';
import { backoffMs } from './backoff.js';
import { explain } from './explain.js';
import type { PullError, PullObserver } from './outcome.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import type { PullSettings } from './pull.js';
import { stopped } from './stopped.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
import type { WorkDirectory } from './work-directory.js';

/** What podman made of one image, before the store is asked. */
export interface PullAttempts {
  readonly planned: PlannedImage;
  readonly ids: readonly string[];
  readonly attempts: number;
  readonly seconds: number;
  readonly error: PullError | null;
}

/**
 * Pulls one image: an attempt with each of its credentials, and again after a wait as long as that may help.
 * Only an attempt takes one of the run's slots, not the wait.
 *
 * @throws BoundImagesError when no image can be pulled.
 */
export async function pullImage(
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
  for (let attempt = 1; ; attempt += 1) {
    const { result, tried } = await slot(async () => {
      if (signal.aborted) return { result: { kind: 'stopped' } as const, tried: [] };
      observer.started(planned, attempt);
      return await attemptPull(resolved, podman, work, signal);
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
  work: WorkDirectory,
  signal: AbortSignal,
): Promise<AuthAttempt<PullAttempt>> {
  // Each attempt has a directory of its own: one that was killed leaves what it had received.
  const directory = work.subdirectory();
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
  } finally {
    rmSync(directory, { recursive: true, force: true });
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
