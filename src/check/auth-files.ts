import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** Auth files that podman takes, and that are a risk or do not help. */
export function checkAuthFiles(_subject: Subject): readonly Diagnostic[] {
  return [];
}
