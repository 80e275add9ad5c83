import { setMaxListeners } from 'node:events';
import { backoffMs } from '../model/backoff.js';
import { errorText } from '../model/error.js';
import type { PullObserver } from '../model/events.js';
import { type Failure, type FailureCode, isTransient } from '../model/failure.js';
import type { PlannedImage } from '../model/plan.js';
import type { Random, Timer } from '../model/ports.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreLayers } from '../model/store.js';
import { isStored, jobOf } from '../plan/plan.js';
import { type Job, layersAtOnce, order, startable, waitsFor } from '../plan/schedule.js';
import { formatBytes } from '../text/format.js';
import type { PullAttempt } from '../tools/podman/podman.js';
import type { RunningAttempt, StartAttempt } from './attempt-pull.js';
import { afterAttempts, retriesFor } from './backoff.js';
import { explain } from './explain.js';
import { linkLoad } from './link-load.js';
import { stallWatch } from './stall.js';
import { haltingReason, stopped } from './stopped.js';
import type { PullAttempts } from './verify.js';
import { wakeUp } from './wake-up.js';
import type { AuthAttempt } from './with-credentials.js';

/** What it looks like when a registry does not answer, unlike one that answers with an error. */
const silence: ReadonlySet<FailureCode> = new Set(['connection', 'dns', 'stalled', 'timeout']);

/** How often what has arrived is measured. */
const tickMs = 100;

/** So many pulls run at the same time, even if fewer would keep the link busy: a registry may be slower than it. */
const few = 3;

export interface PullSettings {
  /** How many images at the same time. */
  readonly concurrency: number;
  /** How many more attempts after a failed one. */
  readonly retries: number;
  /** How long a pull may stand still before it is stopped and tried again. */
  readonly stallTimeoutMs: number;
  /** Stops everything: what is in the store stays there, what is not fails. */
  readonly signal: AbortSignal;
  /** The layers that the store has now. */
  readonly storedLayers: () => Pick<StoreLayers, 'digests' | 'compressedBytes'>;
  /** Asked again and again: why nothing more may be written. */
  readonly findShortage: () => Failure | undefined;
}

/** What the loop needs from outside. */
export interface RunPorts {
  readonly startAttempt: StartAttempt;
  readonly timer: Timer;
  readonly random: Random;
}

interface Pulling {
  readonly job: Job<ResolvedImage>;
  readonly attempt: RunningAttempt;
  /** What the largest of its blobs may hold, in bytes; null where nobody knows. */
  readonly blobLimit: number | null;
  /** What this attempt is to fetch, in bytes; null where nobody knows. */
  readonly expected: number | null;
  /** Of the layers that the store had before, in bytes. */
  readonly storedBefore: number;
  /** Said so far of this attempt, in bytes. */
  shown: number;
  /** How many of its layers are in the store. */
  stored: number;
  readonly stop: AbortController;
}

/** What is known of an image over all its attempts. */
interface History {
  attempts: number;
  received: number;
  startedAt: number | undefined;
  /** How often an attempt ended so. */
  readonly codes: Map<Failure['code'], number>;
}

/** The schedule at work: starts what may start whenever something has changed, until nothing is left. */
export async function runPulls(
  planned: readonly PlannedImage[],
  { startAttempt, timer, random }: RunPorts,
  settings: PullSettings,
  observe: PullObserver,
): Promise<readonly PullAttempts[]> {
  const images = new Map(planned.map((image) => [image.resolved, image]));
  const histories = new Map(planned.map(({ resolved }) => [resolved, newHistory()]));
  const ordered = order(planned.map(jobOf));
  const waiting = new Set(ordered);
  const running = new Map<ResolvedImage, Pulling>();
  const resting = new Set<Job<ResolvedImage>>();
  const committed = new Set<string>();
  const done: PullAttempts[] = [];
  /** By attempts that have ended, in bytes. */
  let receivedBefore = 0;
  /** For which image each is shown as waiting; null for a free slot. */
  const shownWaiting = new Map<ResolvedImage, string | null>();
  const silent = new Set<string | null>();
  const findStalled = stallWatch<Pulling>(settings.stallTimeoutMs);
  const load = linkLoad();
  const change = wakeUp();
  const halt = new AbortController();
  const signal = AbortSignal.any([settings.signal, halt.signal]);
  setMaxListeners(0, signal);
  signal.addEventListener('abort', change.wake, { once: true });

  function start(job: Job<ResolvedImage>, layers: number | undefined): void {
    const history = get(histories, job.key);
    history.attempts += 1;
    history.startedAt ??= timer.monotonicMs();
    waiting.delete(job);
    const stop = new AbortController();
    const attempt = startAttempt(job.key, layers, AbortSignal.any([signal, stop.signal]));
    const pulling: Pulling = {
      job,
      attempt,
      blobLimit: blobLimitOf(get(images, job.key)),
      expected: bytesOf(job, committed),
      storedBefore: settings.storedLayers().compressedBytes,
      shown: 0,
      stored: 0,
      stop,
    };
    running.set(job.key, pulling);
    shownWaiting.delete(job.key);
    observe({
      kind: 'start',
      reference: nameOf(job),
      attempt: history.attempts,
      bytes: pulling.expected,
    });
    attempt.ended
      .then((ended) => settle(pulling, ended))
      // Without a place for temporary files, for example, the others must end before this is told.
      .catch((error: unknown) => {
        finish(job, [], { code: 'unknown', kind: 'permanent', message: errorText(error), hint: null });
        halt.abort(error);
      })
      .finally(() => {
        running.delete(job.key);
        change.wake();
      });
  }

  function settle(pulling: Pulling, { result, tried }: AuthAttempt<PullAttempt>): void {
    const { job, shown, stop } = pulling;
    const history = get(histories, job.key);
    history.received += result.kind === 'pulled' ? broughtBy(pulling) : shown;
    receivedBefore += shown;
    if (result.kind === 'pulled') {
      for (const digest of job.layers?.keys() ?? []) committed.add(digest);
      silent.delete(registryOf(job));
      finish(job, result.ids, null);
      return;
    }
    const failure = result.kind === 'failed' ? result.failure : (stop.signal.reason as Failure | undefined);
    if (signal.aborted || failure === undefined) {
      finish(job, [], stopped(signal));
      return;
    }
    const times = (history.codes.get(failure.code) ?? 0) + 1;
    history.codes.set(failure.code, times);
    const error = afterAttempts(explain(failure, job.key, tried), times);
    if (failure.kind === 'local') halt.abort(haltingReason(error));
    if (isTransient(error) && history.attempts <= retriesOf(job, error)) {
      void rest(job, history.attempts, error);
      return;
    }
    if (isSilence(error, history)) silent.add(registryOf(job));
    finish(job, [], error);
  }

  /**
   * What a pull has received. podman removes its files at the end, so that the last look comes too early for the last
   * bytes; but a tag that has moved since the plan may have brought more than was expected. What nobody expected is
   * known by its layers in the store: no other pull brings large ones meanwhile.
   */
  function broughtBy({ shown, expected, storedBefore }: Pulling): number {
    return Math.max(shown, expected ?? settings.storedLayers().compressedBytes - storedBefore);
  }

  /** What one image had to wait for in vain, the others of its registry do not wait for again and again. */
  function retriesOf(job: Job<ResolvedImage>, error: Failure): number {
    const isHopeless = silent.has(registryOf(job)) && isSilence(error, get(histories, job.key));
    return isHopeless ? 0 : retriesFor(error.code, settings.retries);
  }

  /** The wait before the next attempt takes no slot, and leaves the layers to whoever needs them. */
  async function rest(job: Job<ResolvedImage>, attempt: number, error: Failure): Promise<void> {
    const waitMs = backoffMs(attempt, error.code, random());
    observe({ kind: 'retry', reference: nameOf(job), attempt, waitSeconds: waitMs / 1000, error });
    resting.add(job);
    await timer.sleep(waitMs, signal);
    resting.delete(job);
    waiting.add(job);
    change.wake();
  }

  function finish(job: Job<ResolvedImage>, ids: readonly string[], error: Failure | null): void {
    waiting.delete(job);
    const { attempts, received, startedAt = timer.monotonicMs() } = get(histories, job.key);
    const seconds = (timer.monotonicMs() - startedAt) / 1000;
    done.push({ planned: get(images, job.key), ids, attempts, seconds, received, error });
    const state = error === null ? 'pulled' : 'failed';
    observe({ kind: 'end', reference: nameOf(job), state, received, seconds, attempts, error });
  }

  /** More than a few run only while the link has too little to do; but a registry with none may be the slow one. */
  function isWorthwhile(job: Job<ResolvedImage>): boolean {
    if (running.size < few) return true;
    const pulling = [...running.values()];
    if (pulling.every((other) => registryOf(other.job) !== registryOf(job))) return true;
    const bytes = pulling.map(({ expected, shown }) => Math.max(0, (expected ?? 0) - shown));
    return !load.isBusyWith(bytes.reduce((sum, each) => sum + each, 0));
  }

  /** Measures what has arrived, and notices what was committed or stands still. */
  function look(): void {
    const stored = settings.storedLayers().digests;
    for (const pulling of running.values()) {
      const { job } = pulling;
      const missing = (get(images, job.key).layers ?? []).filter(({ present }) => !present);
      const here = missing.flatMap((layer) => (isStored(layer, stored) ? layer.digest : []));
      if (here.some((digest) => !committed.has(digest))) change.wake();
      for (const digest of here) committed.add(digest);
      pulling.stored = here.length;
      const { bytes: received, largestBlob } = pulling.attempt.received();
      if (received !== pulling.shown) {
        pulling.shown = received;
        observe({ kind: 'progress', reference: nameOf(job), received, expected: pulling.expected });
      }
      if (pulling.blobLimit !== null && largestBlob > pulling.blobLimit)
        pulling.stop.abort(oversized(get(images, job.key), largestBlob));
    }
    const progress = new Map(
      [...running.values()].map((pulling) => {
        const { shown, stored: count, attempt } = pulling;
        const received = shown + attempt.copied();
        return [pulling, { received, committed: count, group: attempt.group() }];
      }),
    );
    const received = [...running.values()].reduce((sum, { shown }) => sum + shown, 0);
    load.measure(received + receivedBefore, timer.monotonicMs());
    if (running.size >= few && running.size < settings.concurrency && waiting.size > 0) change.wake();
    const shortage = settings.findShortage();
    // To stop one stops all, and the greediest may say why.
    if (shortage !== undefined) greediest([...running.values()])?.stop.abort(shortage);
    for (const { stop } of findStalled(progress, timer.monotonicMs()))
      stop.abort(stalled(settings.stallTimeoutMs));
  }

  const stopLooking = timer.every(tickMs, look);
  try {
    for (;;) {
      if (signal.aborted) for (const job of waiting) finish(job, [], stopped(signal));
      const moment = () => ({
        waiting: ordered.filter((job) => waiting.has(job)),
        running: [...running.values()].map(({ job }) => job),
        committed,
        slots: settings.concurrency,
      });
      // One by one: each that starts gives the link more to do.
      for (;;) {
        const next = startable(moment()).find(isWorthwhile);
        if (next === undefined) break;
        start(next, layersAtOnce(next, moment()));
      }
      const now = moment();
      for (const job of now.waiting) {
        const leader = waitsFor(job, now)?.image.reference.text ?? null;
        if (shownWaiting.get(job.key) === leader) continue;
        shownWaiting.set(job.key, leader);
        observe({ kind: 'waiting', reference: nameOf(job), for: leader });
      }
      if (running.size + waiting.size + resting.size === 0) break;
      await change.next();
    }
  } finally {
    stopLooking();
    signal.removeEventListener('abort', change.wake);
  }
  if (halt.signal.reason instanceof Error && !settings.signal.aborted) throw halt.signal.reason;
  return done;
}

/** A connection that breaks while something comes is a fault that passes. */
function isSilence({ code }: Failure, { received }: History): boolean {
  return silence.has(code) && !(code === 'connection' && received > 0);
}

function newHistory(): History {
  return { attempts: 0, received: 0, startedAt: undefined, codes: new Map() };
}

function get<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error('every image has its entry');
  return value;
}

function nameOf({ key }: Job<ResolvedImage>): string {
  return key.image.reference.text;
}

function registryOf({ key }: Job<ResolvedImage>): string | null {
  const { reference } = key.image;
  return reference.transport === 'docker' ? reference.registry : null;
}

/** Bytes that are still to be fetched for a job. */
function bytesOf({ layers }: Job<ResolvedImage>, committed: ReadonlySet<string>): number | null {
  if (layers === null) return null;
  let sum = 0;
  for (const [digest, size] of layers) if (!committed.has(digest)) sum += size;
  return sum;
}

/**
 * What a blob may hold beyond what its manifest says: a tag may have moved to a larger image since the plan. podman
 * itself takes whatever comes (4.3 to 5.8), until the disk is full.
 */
const slackBytes = 64 * 1024 * 1024;

function blobLimitOf({ layers }: PlannedImage): number | null {
  if (layers === null) return null;
  const largest = Math.max(0, ...layers.map(({ size }) => size));
  return largest * 1.1 + slackBytes;
}

function oversized({ layers, resolved }: PlannedImage, received: number): Failure {
  const { reference } = resolved.image;
  const registry = (reference.transport === 'docker' && reference.registry) || 'the registry';
  const announced = Math.max(0, ...(layers ?? []).map(({ size }) => size));
  const message = `${registry} sends more than it announced: ${formatBytes(received)} for a layer, and the largest has ${formatBytes(announced)}`;
  return { code: 'oversized', kind: 'permanent', message, hint: null };
}

function greediest(pulls: readonly Pulling[]): Pulling | undefined {
  const surplus = ({ shown, expected }: Pulling) => shown - (expected ?? 0);
  return [...pulls].sort((one, other) => surplus(other) - surplus(one))[0];
}

function stalled(limitMs: number): Failure {
  const message = `nothing came for ${Math.round(limitMs / 1000)} s`;
  return { code: 'stalled', kind: 'transient', message, hint: null };
}
