import type { RuleId } from './rules.js';

/** `info` is for what was asked for, and is no fault. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * Where in a root something stands. `entry` is the name of the bound-images entry that led there, `file`
 * the path inside the root (it begins with `/`) of the file that holds the text; they differ where an entry
 * is a link or one unit refers to another. `line` and `column` count from 1, `column` in UTF-16 code units.
 */
export interface Place {
  readonly entry: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

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

export const nowhere: Place = { entry: null, file: null, line: null, column: null };

export function inFile(file: string): Place {
  return { ...nowhere, file };
}
