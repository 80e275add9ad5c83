import { backoffMs } from '../../../model/backoff.js';
import type { Random, Timer } from '../../../model/ports.js';
import type { Unsupported } from '../found.js';
import type { Refusal } from './refusal.js';

/** How long an answer is waited for. */
export interface Within {
  readonly signal: AbortSignal;
  /** When `signal` will end it, in milliseconds by the client's timer: a wait that goes beyond is not begun. */
  readonly deadlineMs?: number | undefined;
  /** How often the request is made at most, where that is another number than the client's. */
  readonly attempts?: number | undefined;
}

export interface Retries {
  readonly timer: Timer;
  readonly random: Random;
  /** How often a request is made at most. */
  readonly attempts: number;
}

/** Without a deadline, a registry that wants a longer rest than that has failed. */
const longestWaitMs = 15 * 60_000;
/** Hosts that were sent away together do not come back together. */
const spreadMs = 1_000;

/**
 * Tries a request again for as long as that may help: after a growing wait with full jitter, or after the one that the
 * server asks for, if it fits into the time that is left.
 */
export async function retried<T extends { readonly kind: string }>(
  once: () => Promise<T | Refusal | Unsupported>,
  { signal, deadlineMs, attempts: own }: Within,
  { timer, random, attempts: usual }: Retries,
): Promise<T | Refusal | Unsupported> {
  const attempts = own ?? usual;
  let last: Refusal | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const result = await once();
    if (!isRefusal(result)) return result;
    // That the time was up says less than what the registry has said before.
    if (signal.aborted && last !== undefined) return last;
    last = result;
    const { failure, waitMs } = result;
    if (failure.kind !== 'transient' || signal.aborted || attempt >= attempts) return result;
    const ms = waitMs === null ? backoffMs(attempt, failure.code, random()) : waitMs + random() * spreadMs;
    const leftMs = deadlineMs === undefined ? longestWaitMs : deadlineMs - timer.monotonicMs();
    if (ms > leftMs) return waitMs === null ? result : tooLong(result, waitMs);
    await timer.sleep(ms, signal);
    if (signal.aborted) return result;
  }
}

function tooLong(refusal: Refusal, waitMs: number): Refusal {
  const { failure } = refusal;
  const message = `${failure.message} (it wants no request for ${inWords(waitMs)})`;
  return { ...refusal, failure: { ...failure, message } };
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

export function isRefusal(result: { readonly kind: string }): result is Refusal {
  return result.kind === 'failed';
}
