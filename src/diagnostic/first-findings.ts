import type { Diagnostic } from './diagnostic.js';

/** Many more than a file has that somebody has written, and few enough to be printed at once. */
const findingsPerFile = 1000;

/**
 * The findings without those that are too many: of each rule the first thousand in each file, of which the last one
 * says how many were left out. A file of one megabyte may hold a mistake for every four bytes.
 */
export function firstFindings(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const counts = new Map<string, number>();
  const kept = diagnostics.filter((diagnostic) => {
    const count = (counts.get(keyOf(diagnostic)) ?? 0) + 1;
    counts.set(keyOf(diagnostic), count);
    return count <= findingsPerFile;
  });
  if (kept.length === diagnostics.length) return diagnostics;
  const left = new Map(counts);
  return kept.map((diagnostic) => {
    const key = keyOf(diagnostic);
    left.set(key, (left.get(key) ?? 0) - 1);
    const others = (counts.get(key) ?? 0) - findingsPerFile;
    if (others <= 0 || left.get(key) !== others) return diagnostic;
    return { ...diagnostic, message: `${diagnostic.message}; ${others} more of these are left out` };
  });
}

function keyOf({ rule, file }: Diagnostic): string {
  return `${rule} ${file}`;
}
