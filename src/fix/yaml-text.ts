import type { Position } from '../text/position.js';
import { textAt } from '../text/utf8.js';
import type { WrittenText } from './written-text.js';

/** Every character of a reference; brackets may be those of a list, so that no IPv6 address is read here. */
const referenceText = /[\w.:/@+-]*/y;

/** The reference that stands at a place of a YAML file as it is: without escapes, and in one line. */
export function yamlText(bytes: Buffer, place: Position): WrittenText | undefined {
  const found = textAt(bytes, place);
  if (found === undefined) return undefined;
  referenceText.lastIndex = found.start;
  const text = referenceText.exec(found.text)?.[0] ?? '';
  const first = Buffer.byteLength(found.text.slice(0, found.start));
  return { text, ranges: Array.from(text, (_, index) => ({ start: first + index, end: first + index + 1 })) };
}
