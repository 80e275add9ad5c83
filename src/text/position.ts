/** Counts from 1, the column in UTF-16 code units of the decoded line; a byte order mark takes no column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The offset at which each line begins. */
export function findLineStarts(text: string): readonly number[] {
  const starts = [text.startsWith('\ufeff') ? 1 : 0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** The place of an offset; `lineStarts` are those of `findLineStarts`. */
export function positionAt(lineStarts: readonly number[], offset: number): Position {
  let line = 0;
  let after = lineStarts.length;
  while (after - line > 1) {
    const middle = (line + after) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) line = middle;
    else after = middle;
  }
  return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
}
