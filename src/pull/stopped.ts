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
  const failure = haltingIn(reason);
  if (failure !== undefined) {
    return { ...failure, message: `stopped, because another pull failed: ${failure.message}` };
  }
  return { code: 'interrupted', kind: 'transient', message: 'interrupted', hint: 'run it again' };
}

/** Nobody else's reason has it, whatever is in that. */
const halting = Symbol('halting');

/** The reason to stop all other pulls after one that has failed for a cause that concerns them, too. */
export function haltingReason(failure: Failure): object {
  return { [halting]: failure };
}

function haltingIn(reason: unknown): Failure | undefined {
  if (typeof reason !== 'object' || reason === null || !(halting in reason)) return undefined;
  return reason[halting] as Failure;
}
