import type { Failure } from '../model/failure.js';
import { isTimeUp } from './time-limit.js';

/** Why a run was stopped: the signal carries the reason. */
export function stopped(signal: AbortSignal): Failure {
  const { reason } = signal;
  if (isTimeUp(signal)) {
    return {
      code: 'timeout',
      kind: 'transient',
      message: 'the time limit of the whole run was reached',
      hint: 'run it again: what is in the store is not pulled twice; or allow more time',
      reason: { kind: 'time-limit' },
    };
  }
  if (isFailure(reason)) {
    return { ...reason, message: `stopped, because another pull failed: ${reason.message}` };
  }
  return { code: 'interrupted', kind: 'transient', message: 'interrupted', hint: 'run it again' };
}

function isFailure(reason: unknown): reason is Failure {
  return typeof reason === 'object' && reason !== null && 'kind' in reason;
}
