import type { Position } from './position.js';

/** The text of a file with the offset of a place, in UTF-16 code units. */
export interface TextAt {
  /** A byte order mark included, so that it gives the same bytes again. */
  readonly text: string;
  readonly start: number;
}

/** The place in the text of a file; `undefined` if there is none, or the file is not UTF-8. */
export function textAt(bytes: Buffer, { line, column }: Position): TextAt | undefined {
  const text = decode(bytes);
  if (text === undefined) return undefined;
  // A byte order mark takes no column.
  let lineStart = text.startsWith('\ufeff') ? 1 : 0;
  for (let passed = 1; passed < line; passed += 1) {
    const end = text.indexOf('\n', lineStart);
    if (end === -1) return undefined;
    lineStart = end + 1;
  }
  return { text, start: lineStart + column - 1 };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
