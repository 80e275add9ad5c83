import { setTimeout as sleep } from 'node:timers/promises';

/** A limit of bytes per second that any number of streams share. */
export type Throttle = {
  /** Changes the limit for everything sent from now on; `undefined` removes it. */
  readonly set: (bytesPerSecond: number | undefined) => void;
  /** Settles when `bytes` more may be sent; callers are served in the order in which they ask. */
  readonly take: (bytes: number) => Promise<void>;
};

// Timers fire late by a millisecond or two; without this credit the rate would fall short of the limit.
const creditMs = 20;

/** Returns a throttle with the given limit, or none. */
export function newThrottle(bytesPerSecond?: number): Throttle {
  let limit = bytesPerSecond;
  let freeAt = 0;
  return {
    set: (next) => {
      limit = next;
      freeAt = 0;
    },
    take: async (bytes) => {
      if (limit === undefined) return;
      const now = performance.now();
      freeAt = Math.max(freeAt, now - creditMs) + (bytes / limit) * 1000;
      if (freeAt > now) await sleep(freeAt - now);
    },
  };
}
