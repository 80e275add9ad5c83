import { columnsOf } from '../text/columns.js';
import { printable } from '../text/printable.js';
import { mask } from './redact.js';
import { privateRanges, type Range, secretRanges } from './secret-ranges.js';

/** How much of a long line is shown, and how far from its beginning the mark may be before that is left out. */
const width = 200;
const widthBeforeMark = 60;

/**
 * The line before, the line itself with a mark under the value at the column, and the line after, each behind its number;
 * without the mark where there is no column. Lines and columns count from 1, columns in UTF-16 code units. What must not be
 * shown of the text is masked, in the lines around also variables and command lines, which the finding is not about; and
 * every line can be shown as it is. `null` if there is no such line.
 */
export function excerpt(text: string, line: number, column: number | null): string | null {
  return excerptsOf(text)(line, column);
}

/** The same for several places in one text. */
export function excerptsOf(text: string): (line: number, column: number | null) => string | null {
  const plain = text.replace(/^\ufeff/, '');
  const secrets = secretRanges(plain);
  const elsewhere = privateRanges(plain, secrets);
  const lines = linesOf(plain);
  return (line, column) => {
    const marked = lines[line - 1];
    if (marked === undefined) return null;
    const at = Math.min(marked.start + (column ?? 1) - 1, marked.end);
    const secret = secrets[firstBehind(secrets, at)];
    const end = secret !== undefined && secret.start < at ? Math.max(secret.start, marked.start) : at;
    const beforeMark = shown(plain, { start: marked.start, end }, secrets);
    const from = beforeMark.length > widthBeforeMark ? beforeMark.length - widthBeforeMark / 2 : 0;
    // Behind the last line feed there is a line only if something is found there.
    const last =
      line < lines.length && lines.at(-1)?.start === plain.length ? lines.length - 1 : lines.length;
    const digits = String(Math.min(line + 1, last)).length;
    const row = (number: number) => {
      const range = number <= last ? lines[number - 1] : undefined;
      if (range === undefined) return [];
      const content = cut(
        number === line ? shown(plain, range, secrets) : shown(plain, range, elsewhere),
        number === line ? from : 0,
      );
      return [`${String(number).padStart(digits)} | ${content}`.trimEnd()];
    };
    const indent = columnsOf(cut(beforeMark, from));
    const value = columnsOf(shown(plain, { start: end, end: valueEnd(plain, marked, at) }, secrets));
    const room = columnsOf(cut(shown(plain, marked, secrets), from)) - indent;
    const carets = '^'.repeat(Math.max(1, Math.min(value, room)));
    const mark = column === null ? [] : [`${' '.repeat(digits)} | ${' '.repeat(indent)}${carets}`];
    return [...row(line - 1), ...row(line), ...mark, ...row(line + 1)].join('\n');
  };
}

/** What a place is about, whatever the format of the file: a variable or specifier, a header, a text in quotes, a word. */
const valuePattern = /^(?:\$(?:\{[^}]*\}?|\w+)|%.?|\[+[^\]]*\]*|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"',;\]}]+)/su;
/** The same at the beginning of a line. */
const keyPattern = /^[^\s=:"',;[\]}]+/;

/** Where the value ends that begins at `at` of a line. */
function valueEnd(text: string, { start, end }: Range, at: number): number {
  const before = text.slice(start, at);
  const rest = text.slice(at, end);
  const [quote] = /["']$/.exec(before) ?? [];
  const closing = quote === undefined ? -1 : rest.indexOf(quote);
  if (closing > 0) return at + closing;
  const [word = ''] = (before.trim() === '' ? keyPattern.exec(rest) : null) ?? valuePattern.exec(rest) ?? [];
  return at + word.length;
}

function linesOf(text: string): readonly Range[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const range = { start, end: start + line.replace(/\r$/, '').length };
    start += line.length + 1;
    return range;
  });
}

/** What a terminal may be given of the text between two places. */
function shown(text: string, { start, end }: Range, secrets: readonly Range[]): string {
  let parts = '';
  let at = start;
  for (let index = firstBehind(secrets, start); ; index += 1) {
    const secret = secrets[index];
    if (secret === undefined || secret.start >= end) break;
    parts += printed(text.slice(at, Math.max(secret.start, at))) + mask;
    at = Math.min(secret.end, end);
  }
  return parts + printed(text.slice(at, end));
}

/** The index of the first range that ends behind `offset`. A file may have as many secrets as lines. */
function firstBehind(ranges: readonly Range[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range !== undefined && range.end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of a line stands before it, so that a tab would lead to another place than in the file. */
function printed(text: string): string {
  return printable(text.replaceAll('\t', '    '));
}

function cut(text: string, from: number): string {
  const start = betweenCharacters(text, from);
  const end = betweenCharacters(text, start + width);
  return `${start === 0 ? '' : '…'}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}

function betweenCharacters(text: string, index: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(index)) ? index - 1 : index;
}
