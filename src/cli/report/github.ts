import { relative } from 'node:path';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Checked } from './check.js';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * The findings as workflow commands, which GitHub Actions shows beside the lines of a change. Files are named from the
 * working directory where the root is below it, as in a repository, and else by their paths in the root. Source:
 * docs.github.com, “Workflow commands for GitHub Actions”; actions/toolkit packages/core/src/command.ts.
 */
export function githubText(
  { root }: Checked,
  diagnostics: readonly Diagnostic[],
  workingDirectory: string,
): string {
  const prefix = root === null ? undefined : prefixBelow(root, workingDirectory);
  return diagnostics
    .map(({ severity, rule, file, line, column, message, hint }) => {
      const properties = Object.entries({
        file: file === null || prefix === undefined ? file : `${prefix}${file}`.replace(/^\//, ''),
        line,
        col: column,
        title: `bound-images (${rule})`,
      }).flatMap(([name, value]) => (value === null ? [] : [`${name}=${escapeProperty(String(value))}`]));
      const text = hint === null ? message : `${message}\nhint: ${hint}`;
      return `::${commands[severity]} ${properties.join(',')}::${escapeData(text)}\n`;
    })
    .join('');
}

/** The way from the working directory to the root; undefined if the root is not below it. */
function prefixBelow(root: string, workingDirectory: string): string | undefined {
  const way = relative(workingDirectory, root);
  return way === '..' || way.startsWith('../') ? undefined : way;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
