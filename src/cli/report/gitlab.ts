import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Checked } from './check.js';
import { fingerprints } from './fingerprint.js';
import { pathInRepository } from './path-in-repository.js';

const severities = { error: 'critical', warning: 'minor', info: 'info' } as const;

/**
 * The findings as a report of code quality, which GitLab shows in a merge request beside the lines of its change.
 * Source: docs.gitlab.com, “Code Quality”, the report format.
 */
export function gitlabReport(
  checked: Checked,
  diagnostics: readonly Diagnostic[],
  workingDirectory: string,
): readonly object[] {
  const fingerprintOf = fingerprints();
  return diagnostics.map((diagnostic) => {
    const { severity, rule, file, line, message, hint } = diagnostic;
    const { print, count } = fingerprintOf(diagnostic);
    return {
      description: hint === null ? message : `${message}; ${hint}`,
      check_name: rule,
      fingerprint: `${print}-${count}`,
      severity: severities[severity],
      location: {
        // Every finding needs a place: one that belongs to no file has that of the root.
        path: pathInRepository(checked, file ?? '', workingDirectory) || '.',
        lines: { begin: line ?? 1 },
      },
    };
  });
}
