import type { FailureCode } from './failure.js';

/** First wait and longest wait, in milliseconds. */
const waits: Partial<Record<FailureCode, readonly [baseMs: number, capMs: number]>> = {
  // One that says it is asked too often means it for longer than one that stumbles.
  'too-many-requests': [15_000, 120_000],
  // One that answers at all will soon answer rightly.
  'server-error': [250, 5_000],
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
