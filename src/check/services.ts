import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** Bound units whose services do not run what was bound, or need the registry all the same. */
export function checkServices(_subject: Subject): readonly Diagnostic[] {
  return [];
}
