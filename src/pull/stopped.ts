import type { Failure } from '../model/failure.js';
import { isTimeUp } from './time-limit.js';

/** Why a run was stopped from outside. */
export function stopped(signal: AbortSignal): Failure {
  if (isTimeUp(signal)) {
    return {
      code: 'timeout',
      kind: 'transient',
      message: 'the time limit of the whole run was reached',
      hint: 'run it again: what is in the store is not pulled twice; or allow more time',
      reason: { kind: 'time-limit' },
    };
  }
  return { code: 'interrupted', kind: 'transient', message: 'interrupted', hint: 'run it again' };
}
