import type { Diagnostic } from './diagnostic.js';

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
