import { ArchiveProblem } from '../archive/problem.js';
import { BlobProblem } from '../layers/blob-chunks.js';
import { afterAttempts } from '../pull/backoff.js';
import { printable } from '../text/printable.js';
import { type Output, stageOutput, type Taken, type Wanted } from './output.js';
import { PayloadProblem, refused } from './problem.js';

/**
 * Takes a file or directory and puts it at `to`, whose directory is there, once all of it has come and is what is wanted;
 * until then, and where it fails, what was there stays. What has come from a registry and is damaged is read once more.
 *
 * @param from gives it to an output, and may be asked twice
 * @param isRemote it comes from a registry
 * @throws PayloadProblem with what keeps it from being taken; BoundImagesError; the reason of a signal
 */
export async function take(
  from: (output: Output) => Promise<void>,
  wanted: Omit<Wanted, 'source'>,
  to: string,
  isRemote: boolean,
): Promise<Taken> {
  try {
    return await takeOnce(from, wanted, to).catch(async (error: unknown) => {
      // What cannot be read may have been damaged on its way, which only its end would tell.
      if (!isRemote || (!isCorrupt(error) && !(error instanceof ArchiveProblem))) throw error;
      return await takeOnce(from, wanted, to);
    });
  } catch (error) {
    if (error instanceof BlobProblem) throw new PayloadProblem(afterAttempts(error.failure, 2));
    if (error instanceof ArchiveProblem)
      throw refused('unpacking', `the image cannot be read: ${printable(error.message)}`);
    throw error;
  }
}

async function takeOnce(
  from: (output: Output) => Promise<void>,
  wanted: Omit<Wanted, 'source'>,
  to: string,
): Promise<Taken> {
  const output = stageOutput(to, wanted);
  try {
    await from(output);
    return await output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof BlobProblem && error.failure.code === 'corrupt';
}
