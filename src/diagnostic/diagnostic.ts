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

/** Two entries may lead to one unit, and its problems are one entry's as much as the other's: they are said once. */
export function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ rule, file, line, column, message }) => {
    const key = JSON.stringify([rule, file, line, column, message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
