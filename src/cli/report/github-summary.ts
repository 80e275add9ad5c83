import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { helpUri } from '../../diagnostic/help-uri.js';
import { printable } from '../../text/printable.js';
import type { Checked } from './check.js';
import { pathInRepository } from './path-in-repository.js';

const marks = { error: '❌ error', warning: '⚠️ warning', info: 'ℹ️ info' } as const;

/** More than that nobody reads in a table, and a summary has a limit of 1 MiB, above which it is not shown at all. */
const most = 100;

/** The longest text of a cell, in UTF-16 code units: a root may have a name of any length. */
const longest = 500;

/** What a summary of a GitHub Actions job shows, as Markdown: a table of the findings below their sum. */
export function githubSummary(
  checked: Checked,
  sum: string,
  diagnostics: readonly Diagnostic[],
  workingDirectory: string,
): string {
  const rows = diagnostics.slice(0, most).map(({ severity, rule, file, line, message, hint }) => {
    const place =
      file === null
        ? ''
        : `${pathInRepository(checked, file, workingDirectory)}${line === null ? '' : `:${line}`}`;
    const what = hint === null ? cell(message) : `${cell(message)}<br>${cell(hint)}`;
    return `| ${marks[severity]} | ${what} | ${cell(place)} | [${rule}](${helpUri(rule)}) |\n`;
  });
  const table =
    rows.length === 0 ? '' : `\n| | finding | where | rule |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  const left = diagnostics.length - rows.length;
  const more = left === 0 ? '' : `\n${left} more in the log\n`;
  return `### bound-images check\n\n${cell(sum.trim())}\n${table}${more}\n`;
}

/** Text that is nothing but text in a cell of a table: no mark-up, no HTML, no end of the cell. */
function cell(text: string): string {
  const shown = printable(text.length > longest ? `${text.slice(0, longest)}…` : text);
  return shown
    .replace(/\s+/g, ' ')
    .replace(/[!-+:-@[-`{-~]/g, (character) => `&#${character.codePointAt(0)};`);
}
