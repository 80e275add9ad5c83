import { decodeLatin1, encodePath } from '../../model/path.js';
import type { Position } from '../../text/position.js';

/** From `offset` in the value up to the next span, the characters stand side by side, the first one here. */
export interface Span extends Position {
  readonly offset: number;
}

/** One `key=value`, continuation lines joined. Its own position is that of the key. */
export interface Assignment extends Position {
  readonly key: string;
  readonly value: string;
  /** Where the value stands, in rising order of `offset`; one span for each line that it touches. */
  readonly spans: readonly Span[];
}

/** All assignments under headers of one name, in file order. Its position is that of the first header. */
export interface Section extends Position {
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

/** Sections in the order of their first headers; a header without assignments counts. */
export interface UnitFile {
  readonly sections: readonly Section[];
}

export type UnitSyntaxCode =
  | 'byte-order-mark'
  | 'key-before-section'
  | 'key-empty'
  | 'not-an-assignment'
  | 'section-name-empty'
  | 'section-name-invalid'
  | 'section-unclosed'
  | 'text-after-section';

/** What makes the generator refuse the file, and with it every unit of the file's directory. */
export interface UnitSyntaxProblem extends Position {
  readonly code: UnitSyntaxCode;
}

/** What the generator accepts and drops without a word: lines still waiting for their continuation. */
export interface UnitSyntaxNote extends Position {
  readonly code: 'continuation-discarded';
}

export type ParsedUnitFile = { readonly notes: readonly UnitSyntaxNote[] } & (
  | { readonly ok: true; readonly unit: UnitFile }
  | { readonly ok: false; readonly problems: readonly UnitSyntaxProblem[] }
);

/** What Go's unicode.IsSpace counts as white space. `\s` differs: it has U+FEFF and lacks U+0085. */
export const whiteSpace: ReadonlySet<string> = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/**
 * Reads a unit file as podman's quadlet generator does: every problem is returned, not only the first, and
 * bytes that are not UTF-8 stay in keys and values as `decodeName` writes them. Source: podman
 * pkg/systemd/parser/unitfile.go, `Parse`; its grammar is not systemd's, which puts a blank at each join.
 */
export function parseUnitFile(bytes: Buffer): ParsedUnitFile {
  const { lines, discarded } = joinLines(bytes.toString('latin1'));
  const notes: UnitSyntaxNote[] =
    discarded === undefined ? [] : [{ code: 'continuation-discarded', ...locate(discarded, 0) }];
  const problems: UnitSyntaxProblem[] = [];
  const sections = new Map<string, Section & { readonly assignments: Assignment[] }>();
  // Takes the keys below a header that cannot be read: one mistake is one problem.
  const unreadable: Assignment[] = [];
  let current: Assignment[] | undefined;

  for (const [index, line] of lines.entries()) {
    const found = classify(line, index === 0);
    if (found.kind === 'problem') {
      problems.push({ code: found.code, ...locate(line, found.at) });
      if (found.opensSection) current = unreadable;
    } else if (found.kind === 'section') {
      const section = sections.get(found.name) ?? { name: found.name, ...locate(line, 0), assignments: [] };
      sections.set(found.name, section);
      current = section.assignments;
    } else if (current === undefined) {
      problems.push({ code: 'key-before-section', ...locate(line, 0) });
    } else {
      current.push(readAssignment(line, found));
    }
  }
  if (problems.length > 0) return { ok: false, problems, notes };
  return { ok: true, unit: { sections: [...sections.values()] }, notes };
}

/** Where the character at `offset` of the value was written; at the value's length, the place behind it. */
export function positionAt(assignment: Assignment, offset: number): Position {
  const span = assignment.spans.findLast((candidate) => candidate.offset <= offset);
  if (span === undefined) return { line: assignment.line, column: assignment.column };
  return { line: span.line, column: span.column + offset - span.offset };
}

/** What one physical line gave to a logical one: it begins at `start` there, and at `from` in `raw`. */
interface Piece {
  readonly start: number;
  readonly line: number;
  readonly raw: string;
  readonly from: number;
}

/** A line with its continuations. Text here is latin1, one character for each byte of the file. */
interface LogicalLine {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

function joinLines(source: string): { lines: readonly LogicalLine[]; discarded: LogicalLine | undefined } {
  const rawLines = source.replace(/\n$/, '').split('\n');
  const lines: LogicalLine[] = [];
  let text = '';
  let pieces: Piece[] = [];
  for (const [index, raw] of rawLines.entries()) {
    const [from, end] = trimmedRange(raw);
    // Blank lines and comments do not end a continuation, and their backslashes mean nothing.
    if (from === end || raw[from] === '#' || raw[from] === ';') continue;
    const continues = raw[end - 1] === '\\';
    pieces.push({ start: text.length, line: index + 1, raw, from });
    text += raw.slice(from, continues ? end - 1 : end);
    if (continues && index < rawLines.length - 1) continue;
    // Nothing but backslashes is an empty line.
    if (text !== '') lines.push({ text, pieces });
    text = '';
    pieces = [];
  }
  return { lines, discarded: text === '' ? undefined : { text, pieces } };
}

const whiteSpaceBytes: ReadonlySet<string> = new Set(
  Array.from(whiteSpace, (character) => Buffer.from(character).toString('latin1')),
);

/** Where `raw` (latin1) begins and ends without its outer white space, as Go's strings.TrimSpace sees it. */
export function trimmedRange(raw: string): readonly [from: number, end: number] {
  // Most lines have none.
  if (/^[!-~](?:.*[!-~])?$/.test(raw)) return [0, raw.length];
  let from = 0;
  while (spaceFrom(raw, from) > 0) from += spaceFrom(raw, from);
  let end = raw.length;
  while (end > from && spaceUpTo(raw, end) > 0) end -= spaceUpTo(raw, end);
  return [from, end];
}

/** How many bytes the white space character has that begins at `from`, 0 if there is none. */
function spaceFrom(raw: string, from: number): number {
  return [1, 2, 3].find((width) => whiteSpaceBytes.has(raw.slice(from, from + width))) ?? 0;
}

function spaceUpTo(raw: string, end: number): number {
  return [1, 2, 3].find((width) => whiteSpaceBytes.has(raw.slice(Math.max(0, end - width), end))) ?? 0;
}

type LineKind =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'assignment'; readonly keyEnd: number; readonly valueStart: number }
  | {
      readonly kind: 'problem';
      readonly code: UnitSyntaxCode;
      readonly at: number;
      readonly opensSection: boolean;
    };

const byteOrderMark = '\xef\xbb\xbf';

function classify({ text }: LogicalLine, isFirst: boolean): LineKind {
  // Neither a section nor, since it is the first line, a key in one: no rule below would accept it.
  if (isFirst && text.startsWith(byteOrderMark)) {
    return problem('byte-order-mark', 0, text.startsWith('[', byteOrderMark.length));
  }
  const header = /^\[([^\]]*)\][ \t]*$/.exec(text);
  if (header !== null) return classifySection(decodeLatin1(header[1] ?? ''));
  const equals = text.indexOf('=');
  if (equals > 0) return classifyAssignment(text, equals);
  if (equals === 0) return problem('key-empty', 0, false);
  if (!text.startsWith('[')) return problem('not-an-assignment', 0, false);
  const trailing = /^\[[^\]]*\][ \t]*/.exec(text)?.[0].length;
  return trailing === undefined
    ? problem('section-unclosed', 0, true)
    : problem('text-after-section', trailing, true);
}

function classifySection(name: string): LineKind {
  if (name === '') return problem('section-name-empty', 0, true);
  const invalid = name.search(/[[\p{Cc}]/u);
  if (invalid < 0) return { kind: 'section', name };
  return problem('section-name-invalid', 1 + encodePath(name.slice(0, invalid)).length, true);
}

/** Here the generator strips byte by byte, so half of a character goes too where it ends in such a byte. */
const strippedByte = /[\t-\r \x85\xa0]/;

function classifyAssignment(text: string, equals: number): LineKind {
  let keyEnd = equals;
  while (keyEnd > 0 && strippedByte.test(text.charAt(keyEnd - 1))) keyEnd -= 1;
  if (keyEnd === 0) return problem('key-empty', 0, false);
  let valueStart = equals + 1;
  while (strippedByte.test(text.charAt(valueStart))) valueStart += 1;
  return { kind: 'assignment', keyEnd, valueStart };
}

function problem(code: UnitSyntaxCode, at: number, opensSection: boolean): LineKind {
  return { kind: 'problem', code, at, opensSection };
}

function readAssignment(
  line: LogicalLine,
  { keyEnd, valueStart }: { readonly keyEnd: number; readonly valueStart: number },
): Assignment {
  const key = decodeLatin1(line.text.slice(0, keyEnd));
  const value = decodeLatin1(line.text.slice(valueStart));
  const at = locate(line, 0);
  return { key, value, line: at.line, column: at.column, spans: locateValue(line, valueStart, value) };
}

function locateValue(line: LogicalLine, valueStart: number, value: string): readonly Span[] {
  if (line.pieces.length === 1) return [spanAt(locate(line, valueStart), 0)];
  const spans: Span[] = [];
  let byte = valueStart;
  let offset = 0;
  let next = 0;
  for (const character of value) {
    // A piece that begins inside a character, cut in two by the join, counts from the next character on.
    let reached: Piece | undefined;
    for (; (line.pieces[next]?.start ?? Number.POSITIVE_INFINITY) <= byte; next += 1)
      reached = line.pieces[next];
    if (reached !== undefined) spans.push(spanAt(positionIn(reached, byte), offset));
    byte += character < '\x80' ? 1 : encodePath(character).length;
    offset += character.length;
  }
  return spans.length > 0 ? spans : [spanAt(locate(line, valueStart), 0)];
}

function spanAt({ line, column }: Position, offset: number): Span {
  return { offset, line, column };
}

function locate({ pieces }: LogicalLine, byte: number): Position {
  const piece = pieces.findLast(({ start }) => start <= byte);
  return piece === undefined ? { line: 1, column: 1 } : positionIn(piece, byte);
}

function positionIn({ start, line, raw, from }: Piece, byte: number): Position {
  return { line, column: 1 + decodeLatin1(raw.slice(0, from + byte - start)).length };
}
