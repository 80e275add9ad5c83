import { setTimeout as sleep } from 'node:timers/promises';
import { BoundImagesError } from '../../model/error.js';

/**
 * What podman writes when it cannot look into its store because others work there at this moment. None of it says that
 * anything is wrong with the store, and the next question may well be answered. What also a damaged store brings about, such
 * as “layer not known”, is no such reason.
 */
const table: readonly RegExp[] = [
  // libpod's database, SQLite since podman 4.8, with which 5.4 and 5.8 wait for 100 s (test/tools/podman/answers) and
  // older ones not at all: “switching journal to WAL mode: database is locked” (podman issues 17859 and 20809).
  /\bdatabase (?:table )?is locked\b/,
  // Two podmans are the first since the machine was started. Source: libpod/runtime.go, `getLockManager`.
  /\bfailed to create \d+ locks in \S+: file exists\b/,
  // A lock, a process or a thread that the kernel does not give now.
  /\bresource temporarily unavailable\b|\bfailed to create new OS thread\b/,
  // A container that was removed while podman listed them (podman issues 10225 and 23492).
  /\bcontainer \S+ does not exist in database: no such container\b/,
  /\bdetermining buildah container for container \S+: container not known\b/,
];

/** Whether podman may answer when it is asked again soon; `message` is what it said last. */
export function saysBusy(message: string): boolean {
  return table.some((reason) => reason.test(message));
}

/** Whether the store was busy for longer than `patiently` waits. */
export function isStoreBusy(error: unknown): boolean {
  return error instanceof BoundImagesError && error.code === 'store-busy';
}

export interface Patience {
  /** @throws when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** In milliseconds. */
  readonly now: () => number;
}

const realPatience: Patience = {
  pause: (ms, signal) => sleep(ms, undefined, signal && { signal }),
  random: Math.random,
  now: () => performance.now(),
};

const attempts = 6;
const firstWaitMs = 250;
/** A podman that has waited for as long itself need not be asked again. */
const longestMs = 60_000;

/**
 * Asks until the store is not busy, a few times: with waits that double up to 4 s, shortened by chance so that those who
 * got in each other's way do not meet again. It ends early when `signal` is aborted.
 *
 * @throws the error of the last question.
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  signal: AbortSignal | undefined,
  { pause, random, now }: Patience = realPatience,
): Promise<T> {
  const started = now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const isLast = attempt === attempts || now() - started >= longestMs || signal?.aborted === true;
      if (isLast || !isStoreBusy(error)) throw error;
      const waitMs = firstWaitMs * 2 ** (attempt - 1) * ((1 + random()) / 2);
      await pause(waitMs, signal).catch(() => {
        throw error;
      });
    }
  }
}
