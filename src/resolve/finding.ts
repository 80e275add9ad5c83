import type { Diagnostic } from '../diagnostic/diagnostic.js';

/** A value that was looked for, and what was noticed on the way. */
export interface Finding<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}
