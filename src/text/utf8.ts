import type { Position } from './position.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a file, a byte order mark included; `undefined` if it is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of a file with the offset of a place, in UTF-16 code units. */
export interface TextAt {
  /** A byte order mark included, so that it gives the same bytes again. */
  readonly text: string;
  readonly start: number;
}

/** The place in the text of a file; `undefined` if there is none, or the file is not UTF-8. */
export function textAt(bytes: Buffer, { line, column }: Position): TextAt | undefined {
  const text = decodeUtf8(bytes);
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
