import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { isPulled, type PullPlan } from '../plan/plan.js';
import { separateBytes, uniqueBytes } from '../plan/space.js';
import type { PullObserver } from '../pull/events.js';
import { type PullOutcome, unknownOutcome } from '../pull/outcome.js';
import { pull as runPulls } from '../pull/pull.js';
import { stopped } from '../pull/stopped.js';
import { workDirectory } from '../pull/work-directory.js';
import { countText } from '../report/diagnostics-text.js';
import { progressFor } from '../report/progress.js';
import type { ProgressDisplay } from '../report/progress-display.js';
import { pullJson, pullText } from '../report/pull.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { exitStatus, statusOfErrors } from './exit-status.js';
import { showFindings, traceCommands } from './findings.js';
import { listenForInterruption } from './interruption.js';
import { writeNote, writeResult } from './output.js';
import { makePlan, type PlanningOptions, podmanOf, withTimeout } from './planning.js';
import { type ReadRoot, readRoot } from './read-root.js';

export interface PullCommandOptions extends PlanningOptions {
  readonly retries: number;
  readonly stallTimeout: number;
  readonly layerConcurrency?: number;
  readonly nice: boolean;
  readonly progress: 'auto' | 'plain' | 'json' | 'none';
  readonly progressFd?: number;
  readonly keepGoing: boolean;
}

/** `bound-images pull`: pulls what a root binds and the store does not have, and proves that all is there. */
export async function pull(options: PullCommandOptions): Promise<number> {
  const progress = progressFor(options.progress, { quiet: options.quiet, fd: options.progressFd });
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
    images.length === 0 ? pullNothing(options, read) : await pullImages(options, read, images, progress);
  return invalid && status < 128 ? exitStatus.configuration : status;
}

/** A root that binds nothing needs no podman. */
function pullNothing({ format }: PullCommandOptions, { root, diagnostics }: ReadRoot): number {
  writeResult(format === 'json' ? pullJson(root, [], 0, diagnostics) : pullText([], 0, process.stdout));
  return exitStatus.ok;
}

async function pullImages(
  options: PullCommandOptions,
  { root, diagnostics }: ReadRoot,
  images: readonly ResolvedImage[],
  progress: ProgressDisplay,
): Promise<number> {
  const startedAt = performance.now();
  const trace = options.verbose ? traceCommands(progress.note) : undefined;
  const podman = podmanOf(options, trace);
  const work = workDirectory();
  const interruption = listenForInterruption((name) => progress.note(`${name}: stopping the pulls\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  const report = (outcomes: readonly PullOutcome[], found: readonly Diagnostic[]): number => {
    const seconds = (performance.now() - startedAt) / 1000;
    progress.close();
    if (options.format === 'json') writeResult(pullJson(root, outcomes, seconds, [...diagnostics, ...found]));
    else writeResult(pullText(outcomes, seconds, process.stdout));
    return interruption.exitStatus() ?? statusOfErrors(outcomes.flatMap(({ error }) => error ?? []));
  };
  try {
    const { plan, storedLayers } = await makePlan(images, options, podman, work, signal, trace);
    showFindings(plan.diagnostics, options, progress.note);
    announce(plan, progress.observer);
    const { concurrency, retries, stallTimeout: stallTimeoutMs } = options;
    const settings = {
      concurrency,
      retries,
      stallTimeoutMs,
      signal,
      storedLayers: () => storedLayers().digests,
    };
    const outcomes = await runPulls(plan, podman, work, settings, progress.observer);
    summarize(plan, outcomes, startedAt, progress.observer);
    return report(outcomes, plan.diagnostics);
  } catch (error) {
    if (!signal.aborted) throw error;
    // Stopped while the store was asked, so that nothing is known of any image.
    return report(
      images.map((resolved) => unknownOutcome(resolved, stopped(signal))),
      [],
    );
  } finally {
    progress.close();
    work.remove();
    interruption.release();
  }
}

function announce({ images }: PullPlan, observe: PullObserver): void {
  const pulled = images.filter(isPulled);
  if (pulled.length === 0) return;
  const isKnown = pulled.every(({ layers }) => layers !== null);
  const downloadBytes = isKnown ? uniqueBytes(pulled) : null;
  const sharedBytesSaved = isKnown ? separateBytes(pulled) - uniqueBytes(pulled) : null;
  observe({ kind: 'plan', images: images.length, toPull: pulled.length, downloadBytes, sharedBytesSaved });
}

function summarize(
  { images }: PullPlan,
  outcomes: readonly PullOutcome[],
  startedAt: number,
  observe: PullObserver,
): void {
  if (!images.some(isPulled)) return;
  const count = (state: PullOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const pulled = outcomes.filter(({ state }) => state === 'pulled').map(({ planned }) => planned);
  observe({
    kind: 'summary',
    images: outcomes.length,
    present: count('present'),
    pulled: count('pulled'),
    failed: count('failed'),
    bytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: (performance.now() - startedAt) / 1000,
    sharedBytesSaved: pulled.every(({ layers }) => layers !== null)
      ? separateBytes(pulled) - uniqueBytes(pulled)
      : null,
  });
}
