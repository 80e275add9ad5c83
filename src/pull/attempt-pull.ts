import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Podman, PullAttempt } from '../tools/podman/podman.js';
import type { PullRun } from '../tools/podman/pull-run.js';
import { failureToWrite } from './failure-to-write.js';
import { privateArchive } from './private-archive.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { nothingReceived, type Received, receivedMeter } from './received.js';
import { type AuthAttempt, withCredentials } from './with-credentials.js';
import { markOf, removeIfPossible, removeUnpacked, type WorkDirectory } from './work-directory.js';

/** An attempt that runs. */
export interface RunningAttempt {
  /** What has come over the network for it. */
  readonly received: () => Received;
  /** How many bytes of an archive have been copied for it. */
  readonly copied: () => number;
  /** The process group of its podman, while there is one. */
  readonly group: () => number | undefined;
  /** Never rejects but with what ends the whole run, a BoundImagesError. */
  readonly ended: Promise<AuthAttempt<PullAttempt>>;
}

/**
 * Starts one attempt to pull an image.
 *
 * @param layersAtOnce how many of its layers are fetched at the same time; `undefined` leaves it to podman
 * @param signal stops it
 */
export type StartAttempt = (
  resolved: ResolvedImage,
  layersAtOnce: number | undefined,
  signal: AbortSignal,
) => RunningAttempt;

/** Starts one attempt to pull an image: one podman after the other, each with the next of its credentials. */
export function attemptPull(
  resolved: ResolvedImage,
  podman: Podman,
  work: WorkDirectory,
  layersAtOnce: number | undefined,
  settings: Pick<PullRun, 'redact' | 'configuration'>,
  signal: AbortSignal,
): RunningAttempt {
  let blobs: string | undefined;
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
      blobs = arriving;
      const archive = await privateArchive(join(own, 'archive'), resolved, markOf(own), {
        signal,
        onBytes: (bytes) => {
          copied += bytes;
        },
      });
      const files = { ...writePrivateFiles(own, resolved), archive };
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
              layersAtOnce,
              ...settings,
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
  // What podman copies from a path, it writes there, too.
  const isFetched = resolved.image.reference.transport === 'docker';
  const received = isFetched ? receivedMeter(() => blobs) : () => nothingReceived;
  return { received, copied: () => copied, group: () => group, ended: run() };
}

/**
 * Of a file that lies here: what is broken stays so, however often it is read. podman says it in the words of whatever
 * it was reading, of which `unexpected EOF` is that of a connection elsewhere.
 */
function failureOfArchive(failure: Failure): Failure {
  const isBroken = ['unknown', 'corrupt', 'connection'].includes(failure.code);
  return isBroken ? { ...failure, code: 'archive', kind: 'permanent' } : failure;
}
