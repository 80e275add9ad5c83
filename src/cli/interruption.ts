import { constants } from 'node:os';
import { isAboutHold } from '../model/error.js';
import { exitStatus } from './exit-status.js';
import { writeNote } from './output.js';
import type { ReportedError } from './report/error.js';

/** Turns the signals that ask a process to end into an AbortSignal, so that the work ends in good order. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** `128 + signal number` once a signal came, as shells report it. */
  exitStatus(): number | undefined;
  /** What has stopped the run, for a program: that signal, or else the time limit. */
  error(): ReportedError;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

const timeLimit = 'the time limit of the whole run was reached';

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
    error: () =>
      received === undefined
        ? { code: 'time-limit', message: timeLimit, hint: 'run it again, or raise --timeout' }
        : { code: 'interrupted', message: `stopped by ${received}`, hint: null },
    exitStatus: () => (received === undefined ? undefined : 128 + constants.signals[received]),
    release: () => {
      for (const name of signals) process.off(name, handle);
    },
  };
}

/**
 * The exit status of a run that an error ended because it was stopped, by a signal or by its time limit.
 *
 * @throws the error itself when it was not, or says that a deployment could not be held: that is to be known, whatever
 *   else has ended.
 */
export function statusOfStop(
  error: unknown,
  signal: AbortSignal,
  { exitStatus: interrupted }: Interruption,
): number {
  if (!signal.aborted || isAboutHold(error)) throw error;
  const status = interrupted();
  if (status !== undefined) return status;
  writeNote(`${timeLimit}\n`);
  return exitStatus.transient;
}
