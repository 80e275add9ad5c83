import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Severity } from '../../diagnostic/rule.js';
import { columnsOf } from '../../text/columns.js';
import { printable } from '../../text/printable.js';
import { bySameProblem, imageOf } from './same-problem.js';
import { shortDigests } from './shorten.js';
import { shownFile } from './shown-path.js';
import { styleFor } from './style.js';
import { wrapWords } from './wrap-words.js';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/**
 * Findings for a person, by file: what, where, the lines around it, what to do. What a registry says of several images is
 * said once.
 */
export function diagnosticsText(diagnostics: readonly Diagnostic[], stream: NodeJS.WriteStream): string {
  const blocks = bySameProblem(byFile(diagnostics)).map(([first, ...others]) =>
    diagnosticText(first, others, stream),
  );
  const areLong = diagnostics.some(({ excerpt }) => excerpt !== null);
  return blocks.join(areLong ? '\n' : '');
}

/** Those of one file together, in the order of the first of each; those without a file first. */
function byFile(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const groups = new Map<string | null, Diagnostic[]>([[null, []]]);
  for (const diagnostic of diagnostics) {
    const file = shownFile(diagnostic);
    const group = groups.get(file);
    if (group === undefined) groups.set(file, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()].flat();
}

/** @param others what says the same of other images */
function diagnosticText(
  diagnostic: Diagnostic,
  others: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const { severity, message, rule, file, excerpt, hint } = diagnostic;
  const colour = colours[severity];
  const columns = stream.columns || Number.POSITIVE_INFINITY;
  const said = wrapWords(`${shortDigests(message)} [${rule}]`, columns, severity.length + 1, 2).map(
    (line) => {
      const [words = '', name = ''] = splitEnd(line, `[${rule}]`);
      return `${words === '' ? '' : style('bold', words)}${name === '' ? '' : style('dim', name)}`;
    },
  );
  const advice = hint === null ? [] : wrapWords(hint, columns, '  hint: '.length, '  hint: '.length);
  const lines = [
    `${style('bold', style(colour, severity))} ${said.join('\n  ')}`,
    ...(file === null ? [] : [`  ${style('dim', 'at')} ${formatPlace(diagnostic)}`]),
    ...(excerpt === null ? [] : excerptLines(excerpt, colour, stream)),
    ...others.flatMap((other) => [
      `  the same of ${imageOf(other)}`,
      ...(other.file === null ? [] : [`  ${style('dim', 'at')} ${formatPlace(other)}`]),
    ]),
    ...(hint === null ? [] : [`  ${style('cyan', 'hint:')} ${advice.join('\n        ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A line, and what it ends with if it does. */
function splitEnd(line: string, end: string): readonly [string, string] {
  return line.endsWith(end) ? [line.slice(0, -end.length), end] : [line, ''];
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
    const shown = isMark
      ? style(colour, content.slice(0, Math.max(columns, content.indexOf('^') + 1)))
      : firstColumns(content, columns);
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

function formatPlace({ entry, line, column, ...place }: Diagnostic): string {
  const file = shownFile(place);
  const position = [file ?? 'the root', line, column].filter((part) => part !== null).join(':');
  if (entry === null) return position;
  const name = printable(entry);
  return `/${file}`.endsWith(`/${name}`) ? position : `${position} (entry ${name})`;
}
