import { setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../model/ports.js';
import { limitTime } from './time-limit.js';

/** The time of this machine. */
export const systemTimer: Timer = {
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
  every: (ms, task) => {
    const interval = setInterval(task, ms);
    return () => clearInterval(interval);
  },
  limit: limitTime,
};
