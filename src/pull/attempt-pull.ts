import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../error.js';
import type { Podman, PullAttempt } from '../podman/podman.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { failureToWrite } from './failure-to-write.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
import { removeIfPossible, type WorkDirectory } from './work-directory.js';

/** An attempt that runs. */
export interface RunningAttempt {
  /** Where its blobs arrive, once there is such a place. */
  readonly blobs: () => string | undefined;
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
  layersAtOnce: number | undefined,
  signal: AbortSignal,
): RunningAttempt {
  let blobs: string | undefined;
  let group: number | undefined;
  async function run(): Promise<AuthAttempt<PullAttempt>> {
    let directory: string | undefined;
    try {
      // Each attempt has a directory of its own: one that was killed leaves what it had received.
      const own = work.subdirectory();
      directory = own;
      const arriving = join(own, 'blobs');
      mkdirSync(arriving, { mode: 0o700 });
      blobs = arriving;
      const files = writePrivateFiles(own, resolved);
      return await withCredentials(
        resolved.credentials,
        (candidate) =>
          podman.pull(
            resolved,
            { ...files, authfile: authfileFor(own, resolved, candidate) },
            {
              directory: own,
              blobs: arriving,
              signal,
              layersAtOnce,
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
      const result = { kind: 'failed', failure: failureToWrite(error) } as const;
      return { result, tried: resolved.credentials.slice(0, 1) };
    } finally {
      if (directory !== undefined) removeIfPossible(directory);
    }
  }
  return { blobs: () => blobs, group: () => group, ended: run() };
}
