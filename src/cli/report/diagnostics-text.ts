import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Severity } from '../../diagnostic/rule.js';
import { columnsOf } from '../../text/columns.js';
import { printable } from '../../text/printable.js';
import { styleFor } from './style.js';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** Findings for a person, by file: what, where, the lines around it, what to do. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], stream: NodeJS.WriteStream): string {
  const blocks = byFile(diagnostics).map((diagnostic) => diagnosticText(diagnostic, stream));
  const areLong = diagnostics.some(({ excerpt }) => excerpt !== null);
  return blocks.join(areLong ? '\n' : '');
}

/** Those of one file together, in the order of the first of each; those without a file first. */
function byFile(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const groups = new Map<string | null, Diagnostic[]>([[null, []]]);
  for (const diagnostic of diagnostics) {
    const group = groups.get(diagnostic.file);
    if (group === undefined) groups.set(diagnostic.file, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()].flat();
}

function diagnosticText(diagnostic: Diagnostic, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const { severity, message, rule, file, excerpt, hint } = diagnostic;
  const colour = colours[severity];
  const lines = [
    `${style('bold', style(colour, severity))} ${style('bold', message)} ${style('dim', `[${rule}]`)}`,
    ...(file === null ? [] : [`  ${style('dim', 'at')} ${formatPlace(diagnostic)}`]),
    ...(excerpt === null ? [] : excerptLines(excerpt, colour, stream)),
    ...(hint === null ? [] : [`  ${style('cyan', 'hint:')} ${hint}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const indent = '    ';

function excerptLines(
  excerpt: string,
  colour: (typeof colours)[Severity],
  stream: NodeJS.WriteStream,
): readonly string[] {
  const style = styleFor(stream);
  return excerpt.split('\n').map((line) => {
    const [margin = ''] = /^[ \d]* \|/.exec(line) ?? [];
    const content = line.slice(margin.length);
    const isMark = !/\d/.test(margin);
    const columns = (stream.columns || Number.POSITIVE_INFINITY) - indent.length - margin.length;
    const shown = isMark ? style(colour, content) : firstColumns(content, columns);
    return `${indent}${style('dim', margin)}${shown}`;
  });
}

/** A line that goes on in the terminal's next row would part the mark from what it is under. */
function firstColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let shown = '';
  let left = columns - 1;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    shown += character;
  }
  return `${shown}…`;
}

/** `3 errors, 1 warning` */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const count = (wanted: Severity) => diagnostics.filter(({ severity }) => severity === wanted).length;
  return `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function formatPlace({ entry, file, line, column }: Diagnostic): string {
  const position = [file ?? 'the root', line, column].filter((part) => part !== null).join(':');
  if (entry === null) return position;
  // The path of the file is printable already.
  const name = printable(entry);
  return file?.endsWith(`/${name}`) ? position : `${position} (entry ${name})`;
}
