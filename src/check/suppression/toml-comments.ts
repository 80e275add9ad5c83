import { findLineStarts, positionAt } from '../../text/position.js';
import { stringEnd } from '../../text/toml-positions.js';
import type { Comment } from './comment.js';

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
