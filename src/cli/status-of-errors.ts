import { type Failure, isTransient } from '../model/failure.js';
import { exitStatus } from './exit-status.js';

/** One image that no later try will bring decides for all: the root cannot be completed. */
export function statusOfErrors(errors: readonly Failure[]): number {
  if (errors.length === 0) return exitStatus.ok;
  return errors.every(isTransient) ? exitStatus.transient : exitStatus.imageMissing;
}
