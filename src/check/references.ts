import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** References that podman takes, and that do not say for long which image they mean. */
export function checkReferences(_subject: Subject): readonly Diagnostic[] {
  return [];
}
