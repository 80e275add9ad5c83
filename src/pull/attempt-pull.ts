import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../error.js';
import type { Failure } from '../podman/failure.js';
import type { Podman, PullAttempt } from '../podman/podman.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { errnoCode, errnoReason } from '../root/errno.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
import type { WorkDirectory } from './work-directory.js';

/** An attempt that runs. */
export interface RunningAttempt {
  /** Where its blobs arrive. */
  readonly blobs: string;
  /** The process group of its podman, while there is one. */
  readonly group: () => number | undefined;
  /** Never rejects but with what ends the whole run, a BoundImagesError. */
  readonly ended: Promise<AuthAttempt<PullAttempt>>;
}

/** Starts one attempt to pull an image: one podman after the other, each with the next of its credentials. */
export function attemptPull(
  resolved: ResolvedImage,
  podman: Podman,
  work: WorkDirectory,
  signal: AbortSignal,
): RunningAttempt {
  // Each attempt has a directory of its own: one that was killed leaves what it had received.
  const directory = work.subdirectory();
  const blobs = join(directory, 'blobs');
  let group: number | undefined;
  async function run(): Promise<AuthAttempt<PullAttempt>> {
    try {
      mkdirSync(blobs, { mode: 0o700 });
      const files = writePrivateFiles(directory, resolved);
      return await withCredentials(
        resolved.credentials,
        (candidate) =>
          podman.pull(
            resolved,
            { ...files, authfile: authfileFor(directory, resolved, candidate) },
            {
              directory,
              blobs,
              signal,
              onStart: (started) => {
                group = started;
              },
            },
          ),
        (outcome) => (outcome.kind === 'failed' ? outcome.failure : undefined),
      );
    } catch (error) {
      // What concerns every image ends the run; what is about this one's files or arguments is its failure.
      if (error instanceof BoundImagesError) throw error;
      const result = { kind: 'failed', failure: failureOf(error) } as const;
      return { result, tried: resolved.credentials.slice(0, 1) };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return { blobs, group: () => group, ended: run() };
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
