import type { Failure, FailureCode } from '../model/failure.js';

/** First wait and longest wait, in milliseconds. */
const waits: Partial<Record<FailureCode, readonly [baseMs: number, capMs: number]>> = {
  // One that says it is asked too often means it for longer than one that stumbles.
  'too-many-requests': [15_000, 120_000],
  // One that answers at all will soon answer rightly.
  'server-error': [1_000, 5_000],
};
const usualWaits = [1_000, 30_000] as const;

/**
 * How long to wait before attempt `attempt + 1`, in milliseconds: exponential with full jitter, so that
 * hosts which failed together do not come back together; for at least half of the time when the registry says
 * that it is asked too often.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, code: FailureCode, random: number): number {
  const [baseMs, capMs] = waits[code] ?? usualWaits;
  const share = code === 'too-many-requests' ? (1 + random) / 2 : random;
  return Math.round(Math.min(capMs, baseMs * 2 ** (attempt - 1)) * share);
}

/**
 * How many attempts may follow the first one. An attempt is half a dozen requests, and a registry that answers some
 * of them with 5xx fails most attempts: with a fifth of the requests refused, two of three.
 */
export function retriesFor(code: FailureCode, retries: number): number {
  return code === 'server-error' ? 5 * retries : retries;
}

/**
 * The error of an attempt in the light of those before it: content that is damaged a second time was not
 * damaged on its way, so that no later try will help either.
 *
 * @param times how many attempts at this image have ended with this code, with this one
 */
export function afterAttempts(error: Failure, times: number): Failure {
  return error.code === 'corrupt' && times > 1 ? { ...error, kind: 'permanent' } : error;
}
