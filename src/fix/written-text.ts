/** Where bytes of a file begin and end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A reference as a file has it: its characters, all of them ASCII, and the bytes that each is written with. */
export interface WrittenText {
  readonly text: string;
  readonly ranges: readonly ByteRange[];
}

/** Bytes that are replaced; an empty range is an insertion. */
export interface Edit extends ByteRange {
  readonly text: string;
}

/**
 * The edits that turn a text into `to`. What both have in common at their ends stays, and so does all that stands
 * between the characters: where a value goes on in the next line, the break, the indentation and comments.
 */
export function rewrite({ text, ranges }: WrittenText, to: string): readonly Edit[] {
  const start = commonStart(text, to);
  // Where the end falls away, the new last character moves there: the last line may not become empty.
  const kept = start === to.length && to.length < text.length ? Math.max(start - 1, 0) : start;
  const keptEnd = commonEnd(text.slice(kept), to.slice(kept));
  const added = to.slice(kept, to.length - keptEnd);
  const replaced = ranges.slice(kept, text.length - keptEnd);
  const last = replaced.at(-1);
  if (last === undefined) {
    const at = ranges[kept]?.start ?? ranges.at(-1)?.end;
    return added === '' || at === undefined ? [] : [{ start: at, end: at, text: added }];
  }
  // In the last line that the old text touched: without its last line, a continued value would swallow the next one.
  return replaced.map((range) => ({ ...range, text: range === last ? added : '' }));
}

/** The file with the edits, which do not overlap. */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Buffer[] = [];
  let done = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(done, start), Buffer.from(text));
    done = end;
  }
  return Buffer.concat([...parts, bytes.subarray(done)]);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function commonEnd(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length += 1;
  return length;
}
