import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Checked } from './check.js';
import { pathInRepository } from './path-in-repository.js';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * The findings as workflow commands, which GitHub Actions shows beside the lines of a change. Files are named from the
 * working directory where the root is below it, as in a repository, and else by their paths in the root. Source:
 * docs.github.com, “Workflow commands for GitHub Actions”; actions/toolkit packages/core/src/command.ts.
 */
export function githubText(
  checked: Checked,
  diagnostics: readonly Diagnostic[],
  workingDirectory: string,
): string {
  return diagnostics
    .map(({ severity, rule, file, line, column, message, hint }) => {
      const properties = Object.entries({
        file: file === null ? null : pathInRepository(checked, file, workingDirectory),
        line,
        col: column,
        title: `bound-images (${rule})`,
      }).flatMap(([name, value]) => (value === null ? [] : [`${name}=${escapeProperty(String(value))}`]));
      const text = hint === null ? message : `${message}\nhint: ${hint}`;
      return `::${commands[severity]} ${properties.join(',')}::${escapeData(text)}\n`;
    })
    .join('');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
