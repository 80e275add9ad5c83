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
