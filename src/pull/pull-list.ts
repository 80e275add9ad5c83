import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Podman, PullAttempt } from '../tools/podman/podman.js';
import type { PullRun } from '../tools/podman/pull-run.js';
import { failureToWrite } from './failure-to-write.js';
import type { RunningLane } from './lanes.js';
import { writePrivateFiles } from './private-files.js';
import type { AuthAttempt } from './with-credentials.js';
import { removeIfPossible, type WorkDirectory } from './work-directory.js';

/**
 * Starts a podman that pulls images of one group one after the other, from where its configuration leads: with what
 * credentials and certificates they are fetched is not its matter.
 *
 * @param onId told the ID of each image as podman has it
 */
export function pullList(
  images: readonly ResolvedImage[],
  podman: Podman,
  work: WorkDirectory,
  settings: Pick<PullRun, 'redact' | 'configuration'>,
  onId: (id: string) => void,
  signal: AbortSignal,
): RunningLane {
  let group: number | undefined;
  async function run(): Promise<AuthAttempt<PullAttempt>> {
    let directory: string | undefined;
    try {
      // Each has a directory of its own: one that was killed leaves what it had received.
      directory = work.subdirectory();
      const blobs = join(directory, 'blobs');
      mkdirSync(blobs, { mode: 0o700 });
      const [first] = images;
      const { decryptionKey } =
        first === undefined
          ? { decryptionKey: undefined }
          : writePrivateFiles(directory, { ...first, certificates: undefined });
      const options = { directory, blobs, signal, ...settings };
      const onStart = (started: number) => {
        group = started;
      };
      const result = await podman.pullList(
        images,
        { decryptionKey },
        { ...options, onStart, onPulled: onId },
      );
      return { result, tried: [] };
    } catch (error) {
      if (error instanceof BoundImagesError) throw error;
      if (signal.aborted) return { result: { kind: 'stopped' }, tried: [] };
      return { result: { kind: 'failed', failure: failureToWrite(error) }, tried: [] };
    } finally {
      if (directory !== undefined) removeIfPossible(directory);
    }
  }
  return { copied: () => 0, group: () => group, ended: run() };
}
