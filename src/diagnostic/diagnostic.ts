import type { Place } from './place.js';
import type { Severity } from './rule.js';
import type { RuleId } from './rules.js';

/** One finding, in the shape that `--format json` prints. */
export interface Diagnostic extends Place {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly message: string;
  /** What to do about it, one sentence. */
  readonly hint: string | null;
  /** The lines around the place, with a mark under it, where the parser gives them. */
  readonly excerpt: string | null;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
