import type { Timer } from '../../../model/ports.js';

/** Bounds how many bytes are read in a second, whoever reads them. */
export interface RateLimit {
  /** No more than that should be taken at once: what waits for its time is not seen to arrive. */
  readonly pieceBytes: number;
  /** So many bytes were read: nobody reads more before that many milliseconds have passed. */
  take(bytes: number): number;
}

/** For this long bytes may come at once that have not been read before: a second stays smooth. */
const burstMs = 100;

/** A token bucket that may be overdrawn by what was read at once. */
export function newRateLimit(bytesPerSecond: number, timer: Pick<Timer, 'monotonicMs'>): RateLimit {
  // When all that was taken so far has been paid.
  let paidMs = timer.monotonicMs() - burstMs;
  return {
    pieceBytes: Math.max(1, Math.floor((bytesPerSecond * burstMs) / 1000)),
    take: (bytes) => {
      const nowMs = timer.monotonicMs();
      paidMs = Math.max(paidMs, nowMs - burstMs) + (bytes / bytesPerSecond) * 1000;
      return Math.max(0, Math.ceil(paidMs - nowMs));
    },
  };
}
