import { constants } from 'node:os';

/** Turns the signals that ask a process to end into an AbortSignal, so that the work ends in good order. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** `128 + signal number` once a signal came, as shells report it. */
  exitStatus(): number | undefined;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForInterruption(onSignal: (name: string) => void): Interruption {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const handle = (name: NodeJS.Signals) => {
    if (received !== undefined) return;
    received = name;
    onSignal(name);
    controller.abort();
  };
  for (const name of signals) process.on(name, handle);
  return {
    signal: controller.signal,
    exitStatus: () => (received === undefined ? undefined : 128 + constants.signals[received]),
    release: () => {
      for (const name of signals) process.off(name, handle);
    },
  };
}
