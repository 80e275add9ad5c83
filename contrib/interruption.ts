import { constants } from 'node:os';

/** What a signal that asks a program of ours to end has done. */
export type Interruption = {
  readonly signal: AbortSignal;
  /** `128 + signal number`, as shells report it, once a signal came. */
  readonly exitStatus: () => number | undefined;
};

/** Turns SIGINT, SIGTERM and SIGHUP into an abort, so that the program can clean up; npm may send one twice. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitStatus: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      exitStatus ??= 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitStatus: () => exitStatus };
}
