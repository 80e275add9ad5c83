import type { Position } from '../text/position.js';
import { stringEnd } from '../text/toml-positions.js';
import { textAt } from '../text/utf8.js';
import type { WrittenText } from './written-text.js';

/**
 * The string that begins at a place of a TOML file, with its opening quote: basic or literal, of one line or of
 * more. Source: the TOML 1.1 specification, “String”.
 */
export function tomlText(bytes: Buffer, place: Position): WrittenText | undefined {
  const found = textAt(bytes, place);
  const quote = found?.text[found.start];
  if (found === undefined || (quote !== '"' && quote !== "'")) return undefined;
  const { text: file, start } = found;
  const width = file.startsWith(quote.repeat(3), start) ? 3 : 1;
  // A line end right behind the opening quotes is not part of the string.
  const lineEnd = width === 3 ? (/^\r?\n/.exec(file.slice(start + 3, start + 5))?.[0].length ?? 0) : 0;
  const first = start + width + lineEnd;
  const firstByte = Buffer.byteLength(file.slice(0, first));
  const content = file.slice(first, stringEnd(file, start) - width);
  const byteAt = (offset: number) => firstByte + Buffer.byteLength(content.slice(0, offset));
  const ranges: WrittenText['ranges'][number][] = [];
  let text = '';
  for (const match of content.matchAll(quote === '"' ? withEscapes : plain)) {
    const [written] = match;
    const character = written.startsWith('\\') ? decodeEscape(match) : written;
    if (character === '') continue;
    text += character;
    ranges.push({ start: byteAt(match.index), end: byteAt(match.index + written.length) });
  }
  return { text, ranges };
}

const plain = /[\s\S]/g;

/** A backslash before the end of a line takes all white space with it. */
const withEscapes =
  /\\[ \t]*\r?\n[ \t\r\n]*|\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|.)|[\s\S]/g;

function decodeEscape([written, ...codes]: RegExpExecArray): string {
  if (/\s$/.test(written)) return '';
  const code = Number.parseInt(codes.join(''), 16);
  // No other escape stands for a character that a reference may have.
  return code < 0x80 ? String.fromCharCode(code) : '\ufffd';
}
