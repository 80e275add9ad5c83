import type { PullError } from './outcome.js';

/** A registry that says it is asked too often means it for longer than one that stumbles. */
const baseMs = (code: PullError['code']): number => (code === 'too-many-requests' ? 15_000 : 1_000);
const capMs = (code: PullError['code']): number => (code === 'too-many-requests' ? 120_000 : 30_000);

/**
 * How long to wait before attempt `attempt + 1`, in milliseconds: exponential with full jitter, so that
 * hosts which failed together do not come back together.
 *
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, code: PullError['code'], random: number): number {
  return Math.round(Math.min(capMs(code), baseMs(code) * 2 ** (attempt - 1)) * random);
}
