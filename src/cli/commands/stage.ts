import { hasErrors } from '../../diagnostic/diagnostic.js';
import { BoundImagesError, errorText } from '../../model/error.js';
import { failureRecord } from '../../model/failure.js';
import type { Receipt } from '../../model/receipt.js';
import type { ResolvedImage } from '../../model/resolved-image.js';
import { examine } from '../../operations/examine.js';
import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { podmanOf, withTimeout } from '../../operations/planning.js';
import { pullImages } from '../../operations/pulling.js';
import { readOs } from '../../operations/read-root.js';
import { receiptOf } from '../../operations/receipt-of.js';
import { openSession, type StoreSession } from '../../operations/store-session.js';
import { findTarget, hold, type Target } from '../../operations/target.js';
import { whileStaged } from '../../operations/while-staged.js';
import { stopped } from '../../pull/stopped.js';
import { removeLeftovers } from '../../pull/work-directory.js';
import { type ReceiptStore, receiptStore } from '../../state/receipts.js';
import { stateDirectory } from '../../state/state-directory.js';
import type { Podman } from '../../tools/podman/podman.js';
import { bootId } from '../../tools/process/boot-id.js';
import { requireCommand, runInForeground } from '../../tools/process/foreground.js';
import type { Trace } from '../../tools/process/run.js';
import { exitStatus, statusOfErrors } from '../exit-status.js';
import { showFindings, traceCommands } from '../findings.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { progressFor } from '../report/progress.js';
import type { ProgressDisplay } from '../report/progress-display.js';
import { type Staged, stageJson, stageText } from '../report/stage.js';
import { keepHeapSmall } from '../small-heap.js';

export interface StageOptions extends Omit<RootOptions, 'root'>, PullingInput, ProgressOptions, StateInput {
  /** Instead of the staged deployment. */
  readonly root?: string;
}

/** What every attempt of a run has in common. */
interface Run {
  readonly options: StageOptions;
  /** Opened when first asked for: a root that binds nothing needs no podman. */
  readonly store: () => Promise<OpenStore>;
  readonly progress: ProgressDisplay;
  /** A command will make the root bootable, and end the hold. */
  readonly isForCommand: boolean;
}

interface OpenStore {
  readonly podman: Podman;
  readonly session: StoreSession;
}

type Ending = Pick<Staged, 'state' | 'outcomes' | 'diagnostics' | 'error'>;

/**
 * `bound-images stage`: holds the staged deployment until every image that it binds is there. `command` is what
 * makes it bootable, instead of releasing the hold.
 */
export async function stage(options: StageOptions, command: readonly string[]): Promise<number> {
  keepHeapSmall();
  const progress = progressFor(options.progress, { quiet: options.quiet, fd: options.progressFd });
  const trace = options.verbose ? traceCommands(progress.note) : undefined;
  const interruption = listenForInterruption((name) =>
    progress.note(`${name}: stopping; what is held stays held\n`),
  );
  const signal = withTimeout(interruption.signal, options.timeout);
  let opened: OpenStore | undefined;
  const store = async () => {
    if (opened === undefined) {
      const podman = podmanOf(options, observerFor(options, progress));
      opened = { podman, session: await openSession(options, podman, signal) };
    }
    return opened;
  };
  try {
    removeLeftovers();
    let target = await findTarget(options.root, signal, trace);
    if (target === undefined) {
      writeResult(options.format === 'json' ? stageJson(undefined) : 'nothing is staged\n');
      return exitStatus.ok;
    }
    const wasStaged = recorded(target, options) !== undefined;
    const isReleased = target.staged?.deployment.locked === false;
    if (command.length === 0 && wasStaged && isReleased && (await isComplete(target, options, signal)))
      return writeDone(target, options);
    // Before the wait for the store, which may end in vain.
    await hold(target);
    if (command[0] !== undefined) requireCommand(command[0]);
    // It may take long. Whatever is staged by then is found afterwards.
    if (bindsImages(target, options)) await whileStaged(target, signal, store);
    if (command.length === 0 && !wasStaged && (await isLeftToOther(target, options, signal, trace)))
      return writeDone(target, options);
    const run: Run = { options, store, progress, isForCommand: command.length > 0 };
    let staged: Staged | 'replaced';
    for (;;) {
      staged = await stageTarget(target, run, signal);
      if (staged !== 'replaced') break;
      progress.note('another deployment was staged meanwhile: starting over with that one\n');
      // Stopped or not, the other one has to be held.
      target = await findTarget(options.root, new AbortController().signal, trace);
      if (target !== undefined && options.root !== undefined && target.staged === undefined) {
        throw new BoundImagesError('deployment', `${options.root} is not staged any more`, {
          hint: 'leave out --root, and whatever is staged is completed',
        });
      }
      if (target === undefined) {
        writeResult(options.format === 'json' ? stageJson(undefined) : 'nothing is staged any more\n');
        return exitStatus.ok;
      }
    }
    progress.close();
    writeResult(options.format === 'json' ? stageJson(staged) : stageText(staged, process.stdout));
    if (staged.state === 'failed') return interruption.exitStatus() ?? statusOf(staged);
    opened?.session.release();
    interruption.release();
    return command.length === 0 ? exitStatus.ok : await runInForeground(command, trace);
  } catch (error) {
    // That a deployment could not be held is to be known, whatever else has ended.
    const isAboutHost =
      error instanceof BoundImagesError && (error.code === 'deployment' || error.code === 'busy');
    if (isAboutHost) throw error;
    return statusOfStop(error, signal, interruption);
  } finally {
    opened?.session.release();
    progress.close();
    interruption.release();
  }
}

/** What is wrong with a root is said later. */
function bindsImages({ root }: Target, options: StageOptions): boolean {
  try {
    const { images, diagnostics } = readOs({ ...options, root });
    return images.length > 0 && !hasErrors(diagnostics);
  } catch {
    return false;
  }
}

/** The receipt of another run that has completed the staged deployment, in this boot. */
function recorded({ id, staged }: Target, { stateDir }: StageOptions): Receipt | undefined {
  if (staged === undefined) return undefined;
  const receipt = receiptStore(stateDirectory(stateDir)).read(id);
  const isStaged =
    receipt.kind === 'read' && receipt.value.state === 'staged' && receipt.value.bootId === bootId();
  return isStaged ? receipt.value : undefined;
}

/**
 * Whether the run that this one waited for has completed the target. To release it is up to that one, or to its
 * command, which may be at it: a hold from now on could outlast it. But where that one has released it, a hold of ours
 * came later, and nobody else ends it.
 */
async function isLeftToOther(
  target: Target,
  options: StageOptions,
  signal: AbortSignal,
  trace: Trace | undefined,
): Promise<boolean> {
  const receipt = recorded(target, options);
  if (receipt === undefined) return false;
  const now = await findTarget(options.root, signal, trace);
  if (now?.id !== target.id) return false;
  const isHeldSince = receipt.finalizationLock === null && now.staged?.deployment.lockedByUs === true;
  return !isHeldSince && (await isComplete(now, options, signal));
}

/** What cannot be told now is to be held. */
async function isComplete(target: Target, options: StageOptions, signal: AbortSignal): Promise<boolean> {
  const examined = await examine(target, options, signal, observerFor(options)).catch(() => undefined);
  return examined?.status === exitStatus.ok;
}

/**
 * A run before completed it. To hold it once more would keep an updater, which unlocks and reboots at once, from
 * what it may do.
 */
function writeDone(target: Target, { format }: StageOptions): number {
  const done: Staged = {
    target,
    state: 'staged',
    lock: null,
    outcomes: [],
    diagnostics: [],
    seconds: 0,
    error: null,
  };
  writeResult(format === 'json' ? stageJson(done) : `${target.id}: complete already\n`);
  return exitStatus.ok;
}

/** All steps for one target. `replaced` when it is not the staged deployment any more. */
async function stageTarget(target: Target, run: Run, signal: AbortSignal): Promise<Staged | 'replaced'> {
  const receipts = receiptStore(stateDirectory(run.options.stateDir));
  const receipt = receiptOf(target, receipts.read(target.id));
  const lock = await hold(target);
  if (lock === 'not-staged') return 'replaced';
  const startedAt = performance.now();
  const end = (result: Ending, held: Staged['lock']): Staged => {
    const staged = { ...result, target, lock: held, seconds: (performance.now() - startedAt) / 1000 };
    receipts.write(receipt.ended(staged));
    return staged;
  };
  const fail = async (result: Ending): Promise<Staged | 'replaced'> => {
    // Nothing holds what was staged in its place, be it the same commit again.
    const held = await hold(target);
    if (held !== 'not-staged') return end(result, held);
    receipts.remove(target.id);
    return 'replaced';
  };
  try {
    receipts.write(receipt.checking(lock));
    const complete = await whileStaged(target, signal, (stop) =>
      completeRoot(target, run, stop, (images) => receipts.write(receipt.downloading(images))),
    );
    if (complete === 'replaced') {
      receipts.remove(target.id);
      return 'replaced';
    }
    if (complete.state === 'failed') return await fail(complete);
    return await commit(target, lock, run.isForCommand, receipts, signal, (held) => end(complete, held));
  } catch (error) {
    const { code, hint } = error instanceof BoundImagesError ? error : { code: 'unknown', hint: null };
    const reason = signal.aborted
      ? failureRecord(stopped(signal))
      : { code, message: errorText(error), hint };
    const failed = await fail({ state: 'failed', outcomes: [], diagnostics: [], error: reason });
    if (failed === 'replaced') return failed;
    throw error;
  }
}

/** Scan, resolve, plan, pull and verify. */
async function completeRoot(
  { root }: Target,
  { options, store, progress }: Run,
  signal: AbortSignal,
  onImages: (images: readonly ResolvedImage[]) => void,
): Promise<Ending> {
  const rootOptions = { ...options, root };
  const { images, diagnostics } = readOs(rootOptions);
  showFindings(diagnostics, options, progress.note);
  if (hasErrors(diagnostics)) {
    const withoutOs = diagnostics.find(({ rule }) => rule === 'root-without-os');
    const { message, hint } = withoutOs ?? {
      message: 'the configuration of the new root is invalid',
      hint: `see bound-images check --root ${root}`,
    };
    const error = { code: 'configuration', message, hint };
    return { state: 'failed', outcomes: [], diagnostics, error };
  }
  if (images.length === 0) return { state: 'staged', outcomes: [], diagnostics, error: null };
  onImages(images);
  const { podman, session } = await store();
  const pulled = await pullImages(images, rootOptions, podman, observerFor(options, progress), signal);
  const { outcomes, diagnostics: found, storedIds } = pulled;
  session.record(outcomes, storedIds);
  const isComplete = outcomes.every(({ error }) => error === null);
  const state = isComplete && !signal.aborted ? 'staged' : 'failed';
  const error = isComplete && signal.aborted ? failureRecord(stopped(signal)) : null;
  return { state, outcomes, diagnostics: [...diagnostics, ...found], error };
}

/** Everything is there: releases our own hold, unless a command is to end it. */
async function commit(
  { id, staged }: Target,
  lock: 'ours' | 'theirs' | null,
  isForCommand: boolean,
  receipts: ReceiptStore,
  signal: AbortSignal,
  end: (lock: Staged['lock']) => Staged,
): Promise<Staged | 'replaced'> {
  if (staged === undefined) return end(null);
  const replaced = () => {
    receipts.remove(id);
    return 'replaced' as const;
  };
  const now = (await staged.host.deployments(signal)).find((deployment) => deployment.staged);
  if (now?.id !== id) return replaced();
  // Recorded before it is released: what boots has a receipt.
  const ended = end(lock);
  if (isForCommand || lock !== 'ours') return ended;
  const outcome = await staged.host.unlock(staged.deployment, signal);
  if (outcome === 'not-staged') return replaced();
  return end(outcome === 'released' ? 'released' : 'theirs');
}

function statusOf({ outcomes, error }: Staged): number {
  if (error?.code === 'configuration') return exitStatus.configuration;
  const errors = outcomes.flatMap((outcome) => outcome.error ?? []);
  return errors.length === 0 ? exitStatus.transient : statusOfErrors(errors);
}
