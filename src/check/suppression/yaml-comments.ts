import { Lexer } from 'yaml';
import { findLineStarts, positionAt } from '../../text/position.js';
import type { Comment } from './comment.js';

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
