import { decodeLatin1, encodePath } from '../model/path.js';
import { type Assignment, parseUnitFile, positionAt } from '../scan/unit/file.js';
import type { Position } from '../text/position.js';
import type { WrittenText } from './written-text.js';

/** Every character of a reference to an image in a registry; anything else ends it. */
const referenceText = /^[\w.:/@+[\]-]*/;

/** The reference that begins at a place of a unit file, be it a value or a part of one, over all of its lines. */
export function unitText(bytes: Buffer, place: Position): WrittenText | undefined {
  const parsed = parseUnitFile(bytes);
  if (!parsed.ok) return undefined;
  for (const assignment of parsed.unit.sections.flatMap((section) => section.assignments)) {
    const offset = offsetAt(assignment, place);
    if (offset === undefined) continue;
    const text = referenceText.exec(assignment.value.slice(offset))?.[0] ?? '';
    const byteAt = byteCounter(bytes);
    const ranges = Array.from(text, (_, index) => {
      const start = byteAt(positionAt(assignment, offset + index));
      return { start, end: start + 1 };
    });
    return { text, ranges };
  }
  return undefined;
}

/** The offset of the value whose character was written there: the inverse of `positionAt`. */
function offsetAt({ spans, value }: Assignment, { line, column }: Position): number | undefined {
  for (const [index, span] of spans.entries()) {
    const offset = span.offset + column - span.column;
    const end = spans[index + 1]?.offset ?? value.length;
    if (span.line === line && offset >= span.offset && offset < end) return offset;
  }
  return undefined;
}

function byteCounter(bytes: Buffer): (position: Position) => number {
  const lines = bytes.toString('latin1').split('\n');
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  return ({ line, column }) => {
    const text = decodeLatin1(lines[line - 1] ?? '');
    return (starts[line - 1] ?? 0) + encodePath(text.slice(0, column - 1)).length;
  };
}
