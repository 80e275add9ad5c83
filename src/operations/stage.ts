import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { type Holder, isPrepared } from '../model/deployment.js';
import { BoundImagesError, errorText } from '../model/error.js';
import type { Observe, Origin } from '../model/events.js';
import { failureRecord } from '../model/failure.js';
import type { Clock, FindHost } from '../model/ports.js';
import { reasonOf } from '../model/reason.js';
import type { Acceptance, Receipt, ReceiptError } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { stopped } from '../pull/stopped.js';
import type { PayloadOutcome, PayloadStore } from '../state/payloads.js';
import type { ReceiptStore } from '../state/receipts.js';
import { acceptedOf, isAccepted, requireBound, sayAccepted } from './accepted.js';
import { type ExaminePorts, examine } from './examine.js';
import { carriesPayloads, completePayloads, type PayloadPorts, payloadDeployment } from './payloads.js';
import type { ReadRoot } from './read-root.js';
import { type Ended, receiptOf } from './receipt-of.js';
import type { StagingStore } from './store-session.js';
import { clearSoftReboot, findTarget, hold, keepOut, type Target } from './target.js';
import { tellEmptyRun } from './telling.js';
import { whileStaged } from './while-staged.js';

export interface StageInput {
  /** Instead of the staged deployment. */
  readonly root?: string | undefined;
  /**
   * Something else than this operation ends the hold, once everything is there: a command that makes the root bootable.
   * `require` is called as soon as the root is held, and throws where there is no such command.
   */
  readonly command?: { readonly require: () => void } | undefined;
  /**
   * Images without which the deployment may boot, by their references, and why. Each of them must be bound. It counts
   * for this deployment alone, and for later runs and the gate, too; of a root that is none, for this run.
   */
  readonly accept?: Omit<Acceptance, 'at'> | undefined;
  readonly signal: AbortSignal;
}

export interface StagePorts extends ExaminePorts, Pick<PayloadPorts, 'openPayloads' | 'payloadShortage'> {
  readonly payloads: Pick<PayloadStore, 'look' | 'complete' | 'remove'>;
  readonly read: (target: Pick<Target, 'root' | 'own'>) => Pick<ReadRoot, 'roots' | 'images' | 'diagnostics'>;
  readonly findHost: FindHost;
  readonly receipts: ReceiptStore;
  /** Asked for when there is something to pull, and once. @throws BoundImagesError `busy`, `state`, `store`. */
  readonly openStore: (signal: AbortSignal) => Promise<StagingStore>;
  readonly clock: Clock;
  /** Names this boot: another one has another. */
  readonly bootId: string;
  readonly observe: Observe;
}

export type StageResult =
  /** `since`: from the beginning, or since what was staged has been dropped. */
  | { readonly kind: 'nothing-staged'; readonly since: 'before' | 'meanwhile' }
  /** Another run has completed it, and it is that one's to release. */
  | { readonly kind: 'complete-already'; readonly target: Staged['target'] }
  | { readonly kind: 'ended'; readonly staged: Staged };

/** How it ended for one root. */
export interface Staged extends Ended {
  readonly target: { readonly id: string; readonly root: string };
  /** Where the blobs came from, as far as this program fetched them. */
  readonly origins: readonly Origin[];
  /** What the images carry for it, as far as they are there. */
  readonly payloads: readonly PayloadOutcome[];
  readonly diagnostics: readonly Diagnostic[];
  /** What is missing, and was accepted to be; null: nothing. */
  readonly accepted: Acceptance | null;
  readonly seconds: number;
}

type Ending = Pick<
  Staged,
  'state' | 'outcomes' | 'origins' | 'payloads' | 'diagnostics' | 'error' | 'accepted'
>;

/** What every attempt of a run has in common. */
interface Run {
  readonly ports: StagePorts;
  /** Opened when first asked for: a root that binds nothing needs no podman. */
  readonly openStore: StagePorts['openStore'];
  readonly isForCommand: boolean;
  readonly accept: StageInput['accept'];
  readonly signal: AbortSignal;
  /** Told how many images are bound, as long as nobody else tells what becomes of them; then `undefined`. */
  readonly tells: (images: number | undefined) => void;
}

/**
 * Holds the staged deployment until every image that it binds is there, and then releases it, unless something else is
 * to do that, or somebody else has held it before. What is staged in its place meanwhile is held and completed instead.
 * However it ends: what it has held and not completed stays held.
 *
 * @throws BoundImagesError, also `deployment` or `busy` when it could not be held; the reason of `signal`.
 */
export async function stage(input: StageInput, ports: StagePorts): Promise<StageResult> {
  const { root, command, accept, signal } = input;
  let opened: StagingStore | undefined;
  /** Of the target of now. What a store completes, it tells of itself. */
  let images: number | undefined = 0;
  const openStore: StagePorts['openStore'] = async (stop) => {
    opened ??= await ports.openStore(stop);
    return opened;
  };
  const tells = (count: number | undefined) => {
    images = count;
  };
  const run: Run = { ports, openStore, isForCommand: command !== undefined, accept, signal, tells };
  try {
    const first = await findTarget(root, ports.findHost, signal);
    if (first === undefined) return { kind: 'nothing-staged', since: 'before' };
    let target: Target | undefined = first;
    const wasStaged = recorded(target, ports) !== undefined;
    const isReleased = target.staged?.deployment.heldBy === null;
    // To hold it once more would keep an updater, which releases and reboots at once, from what it may do.
    if (command === undefined && wasStaged && isReleased && (await isComplete(target, run)))
      return completeAlready(target);
    // Before the wait for the store, which may end in vain.
    await hold(target);
    if (first.own !== undefined && isPrepared(first.own.deployment)) await clearUnlessComplete(first, run);
    command?.require();
    // It may take long. Whatever is staged by then is found afterwards.
    if (bindsImages(target, ports))
      await whileStaged(target, signal, openStore, () => clearUnlessComplete(first, run));
    if (command === undefined && !wasStaged && (await isLeftToOther(target, input, run)))
      return completeAlready(target);
    const replaced = new Set<string>();
    const forget = () => {
      for (const id of replaced) ports.receipts.remove(id);
    };
    let staged = await stageTarget(target, run);
    while (staged === 'replaced') {
      replaced.add(target.id);
      target = await nextTarget(root, ports.findHost, forget);
      if (target === undefined) return { kind: 'nothing-staged', since: 'meanwhile' };
      // What may be missing was said of another deployment.
      staged = await stageTarget(target, { ...run, accept: undefined }, () => {
        const text = 'another deployment was staged meanwhile: starting over with that one';
        ports.observe({ kind: 'note', level: 'warning', text });
        forget();
      });
    }
    return { kind: 'ended', staged };
  } finally {
    opened?.release();
    if (images !== undefined) tellEmptyRun(ports.observe, { images, failed: images });
  }
}

function completeAlready({ id, root }: Target): StageResult {
  return { kind: 'complete-already', target: { id, root } };
}

/**
 * What is staged in place of a target that was replaced. Stopped or not, it has to be held, before it turns out that what
 * was replaced cannot be forgotten. `undefined` when nothing is staged.
 */
async function nextTarget(
  root: string | undefined,
  findHost: FindHost,
  forget: () => void,
): Promise<Target | undefined> {
  const { signal } = new AbortController();
  const target = await findTarget(root, findHost, signal);
  if (target?.staged !== undefined) return target;
  const other = root === undefined ? undefined : await findTarget(undefined, findHost, signal);
  if (other !== undefined) await hold(other);
  forget();
  if (root === undefined) return undefined;
  throw new BoundImagesError('deployment', `${root} is not staged any more`, {
    hint: 'leave out the root: then whatever is staged is completed',
    reason: { kind: 'staged-replaced' },
  });
}

/** What is wrong with a root is said later. */
function bindsImages(target: Target, { read }: StagePorts): boolean {
  try {
    const { images, diagnostics } = read(target);
    return images.length > 0 && !hasErrors(diagnostics);
  } catch {
    return false;
  }
}

/** The receipt of another run that has completed the staged deployment, in this boot. */
function recorded({ id, staged }: Target, { receipts, bootId }: StagePorts): Receipt | undefined {
  if (staged === undefined) return undefined;
  const receipt = receipts.read(id);
  const isStaged =
    receipt.kind === 'read' && receipt.value.state === 'staged' && receipt.value.bootId === bootId;
  return isStaged ? receipt.value : undefined;
}

/**
 * Whether the run that this one waited for has completed the target. To release it is up to that one, or to its
 * command, which may be at it: a hold from now on could outlast it. But where that one has released it, a hold of ours
 * came later, and nobody else ends it.
 */
async function isLeftToOther(target: Target, { root }: StageInput, run: Run): Promise<boolean> {
  const { ports, signal } = run;
  const receipt = recorded(target, ports);
  if (receipt === undefined) return false;
  const now = await findTarget(root, ports.findHost, signal);
  if (now?.id !== target.id) return false;
  const isHeldSince = receipt.finalizationLock === null && now.staged?.deployment.heldBy === 'ours';
  return !isHeldSince && (await isComplete(now, run));
}

/** What cannot be told now is to be held. */
async function isComplete(target: Target, { ports, signal }: Run): Promise<boolean> {
  const examined = await examine(target, ports, signal).catch(() => undefined);
  return examined?.verdict === 'complete';
}

/** A soft reboot does not wait for what is missing, and heeds no hold. @throws BoundImagesError `deployment`, `busy`. */
async function clearUnlessComplete(target: Target, run: Run): Promise<void> {
  if (!(await isComplete(target, run))) await clearSoftReboot(target, run.ports.observe);
}

/** All steps for one target. `replaced` when it is not the staged deployment any more. */
async function stageTarget(
  target: Target,
  run: Run,
  onHeld: () => void = () => undefined,
): Promise<Staged | 'replaced'> {
  const { ports, signal } = run;
  const { receipts, clock } = ports;
  const before = receipts.read(target.id);
  const receipt = receiptOf(target, before, ports);
  const accepted =
    run.accept === undefined ? acceptedOf(target, before) : { ...run.accept, at: clock.now().toISOString() };
  const holder = await hold(target);
  if (holder === 'not-staged') return 'replaced';
  onHeld();
  const startedAt = clock.monotonicMs();
  const end = (result: Ending, held: Staged['hold']): Staged => {
    const seconds = (clock.monotonicMs() - startedAt) / 1000;
    const { id, root } = target;
    const staged = { ...result, target: { id, root }, hold: held, seconds };
    receipts.write(receipt.ended(staged));
    return staged;
  };
  const fail = async (result: Ending): Promise<Staged | 'replaced'> => {
    // Nothing holds what was staged in its place, be it the same commit again.
    const { held } = await keepOut(target, ports.observe);
    return held === 'not-staged' ? 'replaced' : end(result, held);
  };
  try {
    receipts.write(receipt.checking(holder));
    const complete = await whileStaged(
      target,
      signal,
      (stop) =>
        completeRoot(target, run, accepted, stop, (images) =>
          receipts.write(receipt.downloading(images, accepted)),
        ),
      () => clearUnlessComplete(target, run),
    );
    if (complete === 'replaced') return 'replaced';
    if (complete.state === 'failed') return await fail(complete);
    return await commit(target, holder, run, (held) => end(complete, held));
  } catch (error) {
    const why = signal.aborted ? errorOfStop(signal) : errorOf(error);
    const failed = await fail({ ...nothingDone, state: 'failed', diagnostics: [], error: why });
    if (failed === 'replaced') return failed;
    throw error;
  }
}

const nothingDone = { outcomes: [], origins: [], payloads: [], accepted: null } as const;

function errorOfStop(signal: AbortSignal): ReceiptError {
  const failure = stopped(signal);
  return { ...failureRecord(failure), ...reasonOf(failure) };
}

function errorOf(error: unknown): ReceiptError {
  if (!(error instanceof BoundImagesError)) return { code: 'unknown', message: errorText(error), hint: null };
  const { code, message, hint } = error;
  return { code, message, hint, ...reasonOf(error) };
}

/** Scan, resolve, plan, pull, verify and take out payloads. */
async function completeRoot(
  target: Target,
  { ports, openStore, tells, accept }: Run,
  accepted: Acceptance | null,
  signal: AbortSignal,
  onImages: (images: readonly ResolvedImage[]) => void,
): Promise<Ending> {
  const { read, observe } = ports;
  const { roots, images, diagnostics } = read(target);
  observe({ kind: 'findings', diagnostics });
  tells(images.length);
  if (hasErrors(diagnostics)) {
    const withoutOs = diagnostics.find(({ rule }) => rule === 'root-without-os');
    const error = {
      code: 'configuration',
      ...(withoutOs === undefined
        ? {
            message: 'the configuration of the new root is invalid',
            hint: `see what a check of ${target.root} finds`,
            reason: { kind: 'root-invalid', root: target.root } as const,
          }
        : { message: withoutOs.message, hint: withoutOs.hint }),
    };
    return { ...nothingDone, state: 'failed', diagnostics, error };
  }
  requireBound(accept?.references ?? [], images);
  const deployment = payloadDeployment(target);
  if (deployment !== undefined && !carriesPayloads(images)) ports.payloads.remove(deployment);
  if (images.length === 0) return { ...nothingDone, state: 'staged', diagnostics, error: null };
  onImages(images);
  const store = await openStore(signal);
  tells(undefined);
  const {
    outcomes,
    origins,
    diagnostics: found,
    storedIds,
  } = await store.complete({ roots, images }, signal);
  store.record(outcomes, storedIds);
  const payloads =
    signal.aborted || !carriesPayloads(images)
      ? []
      : await completePayloads(deployment, roots, outcomes, ports, signal);
  const failed = [
    ...outcomes.flatMap(({ error, planned: { resolved } }) =>
      error === null ? [] : resolved.image.reference.text,
    ),
    // Who can do without an image can do without what it carries.
    ...new Set(payloads.flatMap(({ error, reference }) => (error === null ? [] : reference))),
  ];
  const isWhole = failed.every((reference) => isAccepted(accepted, reference));
  const state = isWhole && !signal.aborted ? 'staged' : 'failed';
  const error = isWhole && signal.aborted ? errorOfStop(signal) : null;
  const missing = state === 'staged' ? sayAccepted(failed, accepted, observe) : null;
  return {
    ...{ state, outcomes, origins, payloads, error },
    diagnostics: [...diagnostics, ...found],
    accepted: missing,
  };
}

/** Everything is there: releases our own hold, unless a command is to end it. */
async function commit(
  { id, staged }: Target,
  holder: Holder | null,
  { isForCommand, signal }: Run,
  end: (hold: Staged['hold']) => Staged,
): Promise<Staged | 'replaced'> {
  if (staged === undefined) return end(null);
  const now = (await staged.host.deployments(signal)).find((deployment) => deployment.staged);
  if (now?.id !== id) return 'replaced';
  // Recorded before it is released: what boots has a receipt.
  const ended = end(holder);
  if (isForCommand || holder !== 'ours') return ended;
  const outcome = await staged.host.release(staged.deployment, signal);
  if (outcome === 'not-staged') return 'replaced';
  return end(outcome === 'released' ? 'released' : 'theirs');
}
