import type { PullError } from '../model/failure.js';

/** Why a run was stopped: the signal carries the reason. */
export function stopped({ reason }: AbortSignal): PullError {
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return {
      code: 'timeout',
      transient: true,
      message: 'the time limit of the whole run was reached',
      hint: 'run it again: what is in the store is not pulled twice; or raise --timeout',
    };
  }
  if (isPullError(reason)) {
    return { ...reason, message: `stopped, because another pull failed: ${reason.message}` };
  }
  return { code: 'interrupted', transient: true, message: 'interrupted', hint: 'run it again' };
}

function isPullError(reason: unknown): reason is PullError {
  return typeof reason === 'object' && reason !== null && 'transient' in reason;
}
