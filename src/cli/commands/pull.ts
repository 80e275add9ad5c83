import { hasErrors } from '../../diagnostic/diagnostic.js';
import type { ResolvedImage } from '../../model/resolved-image.js';
import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { podmanOf, withTimeout } from '../../operations/planning.js';
import { pullImages } from '../../operations/pulling.js';
import { type ReadRoot, readRoot } from '../../operations/read-root.js';
import { openSession, type StoreSession } from '../../operations/store-session.js';
import { removeLeftovers } from '../../pull/work-directory.js';
import { exitStatus, statusOfErrors } from '../exit-status.js';
import { showFindings } from '../findings.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { countText } from '../report/diagnostics-text.js';
import { progressFor } from '../report/progress.js';
import type { ProgressDisplay } from '../report/progress-display.js';
import { pullJson, pullText } from '../report/pull.js';
import { keepHeapSmall } from '../small-heap.js';

export interface PullCommandOptions extends RootOptions, PullingInput, ProgressOptions, StateInput {
  readonly keepGoing: boolean;
}

/** `bound-images pull`: pulls what a root binds and the store does not have, and proves that all is there. */
export async function pull(options: PullCommandOptions): Promise<number> {
  keepHeapSmall();
  const progress = progressFor(options.progress, { quiet: options.quiet, fd: options.progressFd });
  removeLeftovers();
  const read = readRoot(options);
  const invalid = hasErrors(read.diagnostics);
  showFindings(read.diagnostics, options);
  if (invalid && !options.keepGoing) {
    writeNote(
      `nothing was pulled: ${countText(read.diagnostics)}; --keep-going pulls the images without an error\n`,
    );
    if (options.format === 'json') writeResult(pullJson(read.root, [], 0, read.diagnostics));
    return exitStatus.configuration;
  }
  const images = read.images.filter(({ valid }) => valid);
  const status =
    images.length === 0 ? pullNothing(options, read) : await pullAll(options, read, images, progress);
  return invalid && status < 128 ? exitStatus.configuration : status;
}

/** A root that binds nothing needs no podman. */
function pullNothing({ format }: PullCommandOptions, { root, diagnostics }: ReadRoot): number {
  writeResult(format === 'json' ? pullJson(root, [], 0, diagnostics) : pullText([], 0, process.stdout));
  return exitStatus.ok;
}

async function pullAll(
  options: PullCommandOptions,
  { root, diagnostics }: ReadRoot,
  images: readonly ResolvedImage[],
  progress: ProgressDisplay,
): Promise<number> {
  const startedAt = performance.now();
  const interruption = listenForInterruption((name) => progress.note(`${name}: stopping the pulls\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  let session: StoreSession | undefined;
  try {
    const podman = podmanOf(options, observerFor(options, progress));
    session = await openSession(options, podman, signal, observerFor(options, progress));
    const pulled = await pullImages(images, options, podman, observerFor(options, progress), signal);
    const { outcomes, diagnostics: found, storedIds } = pulled;
    session.record(outcomes, storedIds);
    const seconds = (performance.now() - startedAt) / 1000;
    progress.close();
    if (options.format === 'json') writeResult(pullJson(root, outcomes, seconds, [...diagnostics, ...found]));
    else writeResult(pullText(outcomes, seconds, process.stdout));
    return interruption.exitStatus() ?? statusOfErrors(outcomes.flatMap(({ error }) => error ?? []));
  } catch (error) {
    return statusOfStop(error, signal, interruption);
  } finally {
    session?.release();
    progress.close();
    interruption.release();
  }
}
