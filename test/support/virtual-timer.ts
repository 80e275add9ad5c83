import type { Timer } from '../../src/model/ports.js';

/** Time that passes only while everybody waits. */
export interface VirtualTime {
  readonly timer: Timer;
  /** Calls at a moment, in milliseconds from the beginning. */
  at(ms: number, task: () => void): void;
  /** Lets time pass until the work has ended. @throws Error when a day has passed before. */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

const dayMs = 24 * 60 * 60 * 1000;

export function virtualTime(): VirtualTime {
  let nowMs = 0;
  const tasks = new Set<Task>();
  const at = (atMs: number, run: () => void): Task => {
    const task = { atMs, run };
    tasks.add(task);
    return task;
  };
  const timer: Timer = {
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
        at(nowMs + ms, resolve);
      }),
    every: (ms, run) => {
      let task: Task;
      const next = () => {
        task = at(nowMs + ms, () => {
          next();
          run();
        });
      };
      next();
      return () => tasks.delete(task);
    },
    limit: (signal, ms) => {
      const limit = new AbortController();
      at(nowMs + ms, () => limit.abort(new DOMException('the time limit was reached', 'TimeoutError')));
      return AbortSignal.any([signal, limit.signal]);
    },
  };
  return {
    timer,
    at,
    run: async (work) => {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (;;) {
        // All that can happen at this moment.
        await new Promise(setImmediate);
        if (isOver) return await work;
        const [task] = [...tasks].sort((one, other) => one.atMs - other.atMs);
        if (task === undefined || task.atMs > dayMs) throw new Error(`nothing happens after ${nowMs} ms`);
        tasks.delete(task);
        nowMs = task.atMs;
        task.run();
      }
    },
  };
}
