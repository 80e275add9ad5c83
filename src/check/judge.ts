import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { compareNames } from '../model/path.js';
import type { Settings } from './settings.js';
import type { Subject } from './subject.js';
import { suppress } from './suppression/suppress.js';

/**
 * The findings as the author of the image wants them judged. First those go that a comment suppresses, and what is
 * wrong with such comments is found (see suppress.ts). Then the levels of the settings apply, to these as well: `off`
 * takes a finding away, another one is its severity. The order is that of the places, so that equal roots give equal
 * output: by file, line and column, then by rule and message; what has no file, no line or no column comes first.
 */
export function judge(
  diagnostics: readonly Diagnostic[],
  { levels }: Settings,
  subject: Subject,
): readonly Diagnostic[] {
  return suppress(diagnostics, subject)
    .flatMap((diagnostic): readonly Diagnostic[] => {
      const level = levels.get(diagnostic.rule) ?? diagnostic.severity;
      return level === 'off' ? [] : [{ ...diagnostic, severity: level }];
    })
    .sort(compare);
}

function compare(a: Diagnostic, b: Diagnostic): number {
  return (
    compareNames(a.file ?? '', b.file ?? '') ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareNames(a.rule, b.rule) ||
    compareNames(a.message, b.message) ||
    compareNames(a.entry ?? '', b.entry ?? '')
  );
}
