import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Podman, PullAttempt } from '../tools/podman/podman.js';
import type { PullConfiguration, PullRun } from '../tools/podman/pull-run.js';
import { failureToWrite } from './failure-to-write.js';
import type { RunningLane } from './lanes.js';
import { privateArchive } from './private-archive.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
import { markOf, removeIfPossible, removeUnpacked, type WorkDirectory } from './work-directory.js';

/**
 * Starts one attempt to pull an image that podman gets from its registry by itself, or from a path: one podman after the
 * other, each with the next of its credentials.
 */
export function attemptPull(
  resolved: ResolvedImage,
  podman: Podman,
  work: WorkDirectory,
  redact: PullRun['redact'],
  configure: () => Promise<PullConfiguration | undefined>,
  signal: AbortSignal,
): RunningLane {
  let group: number | undefined;
  let copied = 0;
  async function run(): Promise<AuthAttempt<PullAttempt>> {
    let directory: string | undefined;
    try {
      // Each attempt has a directory of its own: one that was killed leaves what it had received.
      const own = work.subdirectory();
      directory = own;
      const arriving = join(own, 'blobs');
      mkdirSync(arriving, { mode: 0o700 });
      const archive = await privateArchive(join(own, 'archive'), resolved, markOf(own), {
        signal,
        onBytes: (bytes) => {
          copied += bytes;
        },
      });
      const files = { ...writePrivateFiles(own, resolved), archive };
      const configuration = await configure();
      const attempt = await withCredentials(
        resolved.credentials,
        (candidate) =>
          podman.pull(
            resolved,
            { ...files, authfile: authfileFor(own, resolved, candidate) },
            {
              directory: own,
              blobs: arriving,
              signal,
              redact,
              configuration,
              onStart: (started) => {
                group = started;
              },
            },
          ),
        (outcome) => (outcome.kind === 'failed' ? outcome.failure : undefined),
      );
      const { result } = attempt;
      if (archive === undefined || result.kind !== 'failed') return attempt;
      return { ...attempt, result: { ...result, failure: failureOfArchive(result.failure) } };
    } catch (error) {
      // What concerns every image ends the run; what is about this one's files or arguments is its failure.
      if (error instanceof BoundImagesError) throw error;
      const tried = resolved.credentials.slice(0, 1);
      if (signal.aborted) return { result: { kind: 'stopped' }, tried };
      const result = { kind: 'failed', failure: failureToWrite(error) } as const;
      return { result, tried };
    } finally {
      if (directory !== undefined) {
        removeIfPossible(directory);
        if (resolved.archive !== undefined) removeUnpacked(markOf(directory));
      }
    }
  }
  return { copied: () => copied, group: () => group, ended: run() };
}

/**
 * Of a file that lies here: what is broken stays so, however often it is read. podman says it in the words of whatever
 * it was reading, of which `unexpected EOF` is that of a connection elsewhere.
 */
function failureOfArchive(failure: Failure): Failure {
  const isBroken = ['unknown', 'corrupt', 'connection'].includes(failure.code);
  return isBroken ? { ...failure, code: 'archive', kind: 'permanent' } : failure;
}
