import { Lexer } from 'yaml';
import { decodeLatin1, rootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { kindOf } from '../../scan/quadlet/kinds.js';
import { trimmedRange } from '../../scan/unit/file.js';
import { configurationLimitBytes } from '../../scan/unit/read.js';
import { findLineStarts, type Position, positionAt } from '../../text/position.js';
import { stringEnd } from '../../text/toml-positions.js';

/** A comment, where the character stands that begins it. */
export interface Comment extends Position {
  /** From that character to the end of the line. */
  readonly text: string;
  /** The lines that it is about: its own, where something stands before it; else the next that holds something. */
  readonly lines: readonly number[];
}

/**
 * The comments of the unit, the unit’s drop-in, the TOML drop-in or the YAML at `file`; none if it is anything else,
 * cannot be read, or does not hold `marker` in any case.
 */
export function readComments(root: RootView, file: string, marker: string): readonly Comment[] {
  const commentsOf = readerOf(file);
  if (commentsOf === undefined) return [];
  const read = root.readFile(rootPath(file), { limitBytes: configurationLimitBytes });
  if (!read.ok || !read.bytes.toString('latin1').toLowerCase().includes(marker)) return [];
  return commentsOf(read.bytes);
}

function readerOf(file: string): typeof unitComments | undefined {
  if (file.endsWith('.toml')) return (bytes) => tomlComments(bytes.toString('utf8'));
  if (/\.ya?ml$/.test(file)) return (bytes) => yamlComments(bytes.toString('utf8'));
  return isUnitPart(file) ? unitComments : undefined;
}

function isUnitPart(file: string): boolean {
  if (kindOf(file) !== undefined) return true;
  const [, unit] = /\/([^/]+)\.d\/[^/]+\.conf$/.exec(file) ?? [];
  // `container.d` is for every container.
  return unit !== undefined && kindOf(`.${unit}`) !== undefined;
}

/**
 * The comments of a unit file, which stand on lines of their own: a `#` behind a value is part of the value. A line
 * that goes on after a backslash is all of its physical lines, and comments among these, which quadlet drops, are
 * about it as well. Source: podman pkg/systemd/parser/unitfile.go, `Parse`.
 */
export function unitComments(bytes: Buffer): readonly Comment[] {
  const comments: Comment[] = [];
  // Filled when the line comes that the comments before it, or in it, are about.
  let lines: number[] = [];
  for (const [index, raw] of bytes.toString('latin1').split('\n').entries()) {
    const [from, end] = trimmedRange(raw);
    if (from === end) continue;
    const line = index + 1;
    if (raw[from] === '#' || raw[from] === ';') {
      const column = decodeLatin1(raw.slice(0, from)).length + 1;
      comments.push({ text: decodeLatin1(raw.slice(from, end)), line, column, lines });
    } else {
      lines.push(line);
      if (raw[end - 1] !== '\\') lines = [];
    }
  }
  return comments;
}

/** The comments of a TOML document; a `#` in a string begins none. Source: the TOML 1.1 specification, “Comment”. */
export function tomlComments(text: string): readonly Comment[] {
  const lineStarts = findLineStarts(text);
  const comments: Comment[] = [];
  // Filled when the line comes that the comments before it are about.
  let nextLine: number[] = [];
  let filledLine = 0;
  for (let at = afterBlanks(text, lineStarts[0] ?? 0); at < text.length; at = afterBlanks(text, at)) {
    const { line, column } = positionAt(lineStarts, at);
    const end = tokenEnd(text, at);
    if (text[at] === '#') {
      const lines = filledLine === line ? [line] : nextLine;
      comments.push({ text: text.slice(at, end).trimEnd(), line, column, lines });
    } else {
      nextLine.push(line);
      nextLine = [];
      filledLine = positionAt(lineStarts, end - 1).line;
    }
    at = end;
  }
  return comments;
}

function afterBlanks(text: string, at: number): number {
  return endOf(/\s*/y, text, at);
}

/** The end of a comment, of a string, or of what stands between these and blanks. */
function tokenEnd(text: string, at: number): number {
  if (text[at] === '#') return endOf(/[^\n]*/y, text, at);
  if (text[at] === '"' || text[at] === "'") return stringEnd(text, at);
  return endOf(/[^\s#"']+/y, text, at);
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** The lexer's marks for documents, the ends of flows, and scalars: they stand for no text. */
const mark = /^[\x02\x18\x1f]/;
const scalarMark = '\x1f';

/** The comments of a YAML file; a `#` in a scalar begins none. Source: YAML 1.2.2, 6.6 “Comments”. */
export function yamlComments(text: string): readonly Comment[] {
  const lineStarts = findLineStarts(text);
  const comments: Comment[] = [];
  // Filled when the line comes that the comments before it are about.
  let nextLine: number[] = [];
  let filledLine = 0;
  let at = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (mark.test(token)) {
      isScalar = token === scalarMark;
      continue;
    }
    const { line, column } = positionAt(lineStarts, at);
    const filled = token.trimEnd();
    if (!isScalar && token.startsWith('#')) {
      comments.push({ text: filled, line, column, lines: filledLine === line ? [line] : nextLine });
    } else if (filled !== '') {
      nextLine.push(line);
      nextLine = [];
      filledLine = positionAt(lineStarts, at + filled.length - 1).line;
    }
    at += token.length;
    isScalar = false;
  }
  return comments;
}
