import { decodeLatin1 } from '../../model/path.js';
import { trimmedRange } from '../../scan/unit/file.js';
import type { Comment } from './comment.js';

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
