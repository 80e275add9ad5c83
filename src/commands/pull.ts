import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { printable } from '../diagnostic/printable.js';
import { isComplete, type PullPolicy, planPulls } from '../plan/plan.js';
import { findPodman } from '../podman/podman.js';
import { askThroughSkopeo } from '../pull/ask-registry.js';
import { type PullObserver, type PullOutcome, unknownOutcome } from '../pull/outcome.js';
import { pull as runPulls } from '../pull/pull.js';
import { stopped } from '../pull/stopped.js';
import { unsupportedOptions } from '../pull/unsupported-options.js';
import { workDirectory } from '../pull/work-directory.js';
import { findSkopeo } from '../registry/skopeo.js';
import { countText, diagnosticsText } from '../report/diagnostics-text.js';
import { noProgress, progressLines } from '../report/progress-lines.js';
import { pullJson, pullText } from '../report/pull.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { exitStatus, statusOfPulls } from './exit-status.js';
import { listenForInterruption } from './interruption.js';
import type { RootOptions } from './options.js';
import { writeNote, writeResult } from './output.js';
import { type ReadRoot, readRoot } from './read-root.js';

export interface PullCommandOptions extends RootOptions {
  readonly storageRoot?: string;
  readonly storageRunroot?: string;
  readonly podman: string;
  readonly skopeo: string;
  readonly concurrency: number;
  readonly retries: number;
  readonly timeout?: number;
  readonly pullPolicy: PullPolicy;
  readonly progress: 'auto' | 'plain' | 'none';
  readonly keepGoing: boolean;
}

/** `bound-images pull`: pulls what a root binds and the store does not have, and proves that all is there. */
export async function pull(options: PullCommandOptions): Promise<number> {
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
  const status = images.length === 0 ? pullNothing(options, read) : await pullImages(options, read, images);
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
): Promise<number> {
  const startedAt = performance.now();
  const trace = options.verbose ? traceCommands : undefined;
  const podman = findPodman(
    options.podman,
    { root: options.storageRoot, runroot: options.storageRunroot },
    trace,
  );
  // Looked for even when no tag will need it: a tool that is missing is better found now than at the next run.
  const skopeo = options.pullPolicy === 'newer' ? findSkopeo(options.skopeo, trace) : undefined;
  const work = workDirectory();
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping the pulls\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  const report = (outcomes: readonly PullOutcome[], found: readonly Diagnostic[]): number => {
    const seconds = (performance.now() - startedAt) / 1000;
    if (options.format === 'json') writeResult(pullJson(root, outcomes, seconds, [...diagnostics, ...found]));
    else writeResult(pullText(outcomes, seconds, process.stdout));
    return interruption.exitStatus() ?? statusOfPulls(outcomes);
  };
  try {
    const stored = await podman.images(signal);
    const limit = pLimit(options.concurrency);
    const ask = skopeo && askThroughSkopeo(skopeo, work, signal);
    const plan = await planPulls(
      images,
      stored,
      options.pullPolicy,
      ask && ((image) => limit(() => ask(image))),
    );
    const unsupported = isComplete(plan) ? [] : unsupportedOptions(plan, await podman.features(signal));
    const found = [...plan.diagnostics, ...unsupported];
    showFindings(found, options);
    const { concurrency, retries } = options;
    const settings = { concurrency, retries, signal };
    return report(await runPulls(plan, podman, work, settings, observerFor(options)), found);
  } catch (error) {
    if (!signal.aborted) throw error;
    // Stopped while the store was asked, so that nothing is known of any image.
    return report(
      images.map((resolved) => unknownOutcome(resolved, stopped(signal))),
      [],
    );
  } finally {
    work.remove();
    interruption.release();
  }
}

function withTimeout(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  const signals = timeoutMs === undefined ? [signal] : [signal, AbortSignal.timeout(timeoutMs)];
  const any = AbortSignal.any(signals);
  // Every process that runs listens to it, and there may be more of them than Node thinks is sound.
  setMaxListeners(0, any);
  return any;
}

function observerFor({ quiet, progress }: PullCommandOptions): PullObserver {
  return quiet || progress === 'none' ? noProgress : progressLines((line) => writeNote(`${line}\n`));
}

function traceCommands(commandLine: readonly string[]): void {
  writeNote(`$ ${printable(commandLine.join(' '))}\n`);
}

function showFindings(diagnostics: readonly Diagnostic[], { format, quiet }: RootOptions): void {
  if (format === 'json') return;
  const shown = quiet ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics;
  writeNote(diagnosticsText(shown, process.stderr));
}
