import { expect, test } from 'vitest';
import { decodeUtf8, textAt } from '../../src/text/utf8.js';

test('a byte order mark stays, so that the text has the same bytes again', () => {
  const bytes = Buffer.from('\ufeffä🚀');
  expect(Buffer.from(decodeUtf8(bytes) ?? '')).toEqual(bytes);
});

test.each([
  { name: 'a byte of Latin-1', bytes: [0x61, 0xe4] },
  { name: 'half a character', bytes: [0xf0, 0x9f, 0x9a] },
  { name: 'half a pair', bytes: [0xed, 0xa0, 0x80] },
  { name: 'a zero that takes two bytes', bytes: [0xc0, 0x80] },
])('$name is no UTF-8', ({ bytes }) => {
  expect(decodeUtf8(Buffer.from(bytes))).toBeUndefined();
  expect(textAt(Buffer.from(bytes), { line: 1, column: 1 })).toBeUndefined();
});
