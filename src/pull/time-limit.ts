import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts with `signal`, or after `limitMs` with a `TimeoutError`. The limit keeps no process alive.
 *
 * `AbortSignal.timeout` would not do: as long as only `AbortSignal.any` refers to it, Node may collect it before
 * its time, and it never fires (nodejs/node issue 57736). The timer holds on to this controller.
 */
export function limitTime(signal: AbortSignal, limitMs: number): AbortSignal {
  const limit = new AbortController();
  const reason = new DOMException('the time limit was reached', 'TimeoutError');
  setTimeout(() => limit.abort(reason), limitMs).unref();
  return AbortSignal.any([signal, limit.signal]);
}

/** The signal of a run that is stopped by `signal`, or when its time is up. */
export function withTimeout(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  const limited = timeoutMs === undefined ? AbortSignal.any([signal]) : limitTime(signal, timeoutMs);
  // Every process that runs listens to it, and there may be more of them than Node thinks is sound.
  setMaxListeners(0, limited);
  return limited;
}

/** Whether it was the time that ended a run, and not somebody. */
export function isTimeUp({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** @throws the reason of the signal when somebody stopped the run; when its time is up, what it has is told. */
export function throwIfStopped(signal: AbortSignal): void {
  if (!isTimeUp(signal)) signal.throwIfAborted();
}
