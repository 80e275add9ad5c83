import pLimit from 'p-limit';
import { hasErrors } from '../diagnostic/diagnostic.js';
import { type PullPolicy, planPulls } from '../plan/plan.js';
import { findPodman } from '../podman/podman.js';
import type { Store } from '../podman/store.js';
import { askThroughSkopeo } from '../pull/ask-registry.js';
import { pull as runPulls } from '../pull/pull.js';
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
  const status = await pullImages(
    options,
    read,
    read.images.filter(({ valid }) => valid),
  );
  return invalid && status < 128 ? exitStatus.configuration : status;
}

async function pullImages(
  options: PullCommandOptions,
  { root, diagnostics }: ReadRoot,
  images: readonly ResolvedImage[],
): Promise<number> {
  const startedAt = performance.now();
  const store: Store = { root: options.storageRoot, runroot: options.storageRunroot };
  const podman = findPodman(options.podman, store);
  // Looked for even when no tag will need it: a tool that is missing is better found now than at the next run.
  const skopeo = options.pullPolicy === 'newer' ? findSkopeo(options.skopeo) : undefined;
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping the pulls\n`));
  const signals = [interruption.signal];
  if (options.timeout !== undefined) signals.push(AbortSignal.timeout(options.timeout));
  const signal = AbortSignal.any(signals);
  const work = workDirectory();
  try {
    const stored = images.length === 0 ? [] : await podman.images(signal);
    const limit = pLimit(options.concurrency);
    const ask = skopeo && askThroughSkopeo(skopeo, work, signal);
    const plan = await planPulls(
      images,
      stored,
      options.pullPolicy,
      ask && ((image) => limit(() => ask(image))),
    );
    showFindings(plan.diagnostics, options);
    const observer =
      options.quiet || options.progress === 'none'
        ? noProgress
        : progressLines((line) => writeNote(`${line}\n`));
    const { concurrency, retries } = options;
    const outcomes = await runPulls(plan, podman, work, { concurrency, retries, signal }, observer);
    const seconds = (performance.now() - startedAt) / 1000;
    if (options.format === 'json') {
      writeResult(pullJson(root, outcomes, seconds, [...diagnostics, ...plan.diagnostics]));
    } else writeResult(pullText(outcomes, seconds, process.stdout));
    return interruption.exitStatus() ?? statusOfPulls(outcomes);
  } catch (error) {
    const status = interruption.exitStatus();
    if (status !== undefined) return status;
    if (!signal.aborted) throw error;
    writeNote('the time limit of the whole run was reached before the first pull\n');
    return exitStatus.transient;
  } finally {
    work.remove();
    interruption.release();
  }
}

function showFindings(diagnostics: ReadRoot['diagnostics'], { format, quiet }: RootOptions): void {
  if (format === 'json') return;
  const shown = quiet ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics;
  writeNote(diagnosticsText(shown, process.stderr));
}
