import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BoundImagesError } from '../../model/error.js';
import type { PayloadSource } from '../../model/payload.js';
import type { Platform } from '../../model/platform.js';
import { type ExtractResult, extract as extractOperation } from '../../operations/extract.js';
import type { PullingInput, StoreInput } from '../../operations/inputs.js';
import { namedPorts } from '../../ports/extract.js';
import { workDirectory } from '../../pull/work-directory.js';
import { errnoCode } from '../../text/errno.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import { withOptimizing } from '../optimizing-compiler.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { extractJson, extractText } from '../report/extract.js';
import { keepHeapSmall } from '../small-heap.js';
import { statusOfErrors } from '../status-of-errors.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface ExtractOptions
  extends Pick<RootOptions, 'currentRoot' | 'format' | 'quiet' | 'verbose'>,
    StoreInput,
    Pick<PullingInput, 'retries' | 'stallTimeout' | 'timeout' | 'limitRate'> {
  readonly path?: string;
  readonly title?: string;
  readonly mediaType?: string;
  /** `-` for the standard output. */
  readonly output: string;
  readonly maxSize: number;
  readonly platform?: Platform;
}

/** `bound-images extract`: a file or directory of an image, or a layer of an artifact, as a file. */
export async function extract(reference: string, options: ExtractOptions): Promise<number> {
  keepHeapSmall();
  withOptimizing();
  const source = sourceOf(options);
  const { output, maxSize: maxBytes, format, quiet } = options;
  const isPiped = output === '-';
  if (isPiped && format === 'json') {
    throw new BoundImagesError('usage', 'the file and JSON cannot both go to the standard output', {
      hint: 'write the file to a path, or leave out --format json',
    });
  }
  return await untilStopped(options, sayStopping, async (signal, interrupted) => {
    const work = workDirectory();
    try {
      // Nobody is to read what may turn out to be damaged.
      const path = isPiped ? join(work.subdirectory(), 'taken') : output;
      const input = { ...options, reference, source, maxBytes, output: path, signal };
      const result = await extractOperation(input, namedPorts(options, observerFor(options)));
      if (result.kind === 'extracted' && isPiped) {
        if (result.taken.kind === 'directory') throw directoryPiped();
        await writeOut(path, signal);
        if (!quiet) writeNote(extractText({ ...result, output: '-' }, process.stderr));
      } else report(result, options);
      return interrupted() ?? (result.kind === 'failed' ? statusOfErrors([result.failure]) : exitStatus.ok);
    } finally {
      work.remove();
    }
  });
}

function sourceOf({ path, title, mediaType }: ExtractOptions): PayloadSource {
  const given: readonly (PayloadSource | undefined)[] = [
    path === undefined ? undefined : { kind: 'path', path },
    title === undefined ? undefined : { kind: 'title', title },
    mediaType === undefined ? undefined : { kind: 'media-type', mediaType },
  ];
  const [source, ...others] = given.filter((each) => each !== undefined);
  if (source !== undefined && others.length === 0) return source;
  throw new BoundImagesError(
    'usage',
    source === undefined
      ? 'it is not said what is to be extracted'
      : 'only one thing can be extracted at a time',
    { hint: 'name a file or directory with --path, or a layer of an artifact with --title or --media-type' },
  );
}

function directoryPiped(): BoundImagesError {
  return new BoundImagesError('usage', 'it is a directory, and only a file can go to the standard output', {
    hint: 'name a directory that is not there yet: -o DIR',
  });
}

/** A reader that has seen enough is no error. */
async function writeOut(path: string, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), process.stdout, {
      end: false,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (errnoCode(error) !== 'EPIPE' && errnoCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function report(result: ExtractResult, { format, quiet }: ExtractOptions): void {
  if (format === 'json') writeResult(extractJson(result));
  else if (result.kind === 'failed') writeNote(extractText(result, process.stderr));
  else if (!quiet) writeResult(extractText(result, process.stdout));
}
