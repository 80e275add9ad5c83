import type { PullError } from './outcome.js';

/**
 * How long to wait before attempt `attempt + 1`, in milliseconds: exponential with full jitter, so that
 * hosts which failed together do not come back together. A registry that says it is asked too often means it
 * for longer than one that stumbles, and for at least half of the time.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, code: PullError['code'], random: number): number {
  const isLimited = code === 'too-many-requests';
  const [baseMs, capMs] = isLimited ? [15_000, 120_000] : [1_000, 30_000];
  const share = isLimited ? (1 + random) / 2 : random;
  return Math.round(Math.min(capMs, baseMs * 2 ** (attempt - 1)) * share);
}

/**
 * The error of an attempt in the light of those before it: content that is damaged a second time was not
 * damaged on its way, so that no later try will help either.
 *
 * @param times how many attempts at this image have ended with this code, with this one
 */
export function afterAttempts(error: PullError, times: number): PullError {
  return error.code === 'corrupt' && times > 1 ? { ...error, transient: false } : error;
}
