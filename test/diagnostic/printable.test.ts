import { expect, test } from 'vitest';
import { printable } from '../../src/diagnostic/printable.js';

test.each([
  { name: 'leaves letters, umlauts and emoji alone', text: 'quay.io/a ü 🚀', expected: 'quay.io/a ü 🚀' },
  { name: 'shows an escape sequence as text', text: '\u001b[31mred', expected: '\\x1b[31mred' },
  { name: 'keeps a line in one line', text: 'a\nb\r\tc', expected: 'a\\nb\\r\\tc' },
  { name: 'shows the byte that a lone surrogate stands for', text: 'caf\udce9', expected: 'caf\\xe9' },
  { name: 'shows other lone surrogates by their number', text: '\ud800', expected: '\\u{d800}' },
  { name: 'shows what would reorder text', text: 'a\u202eb', expected: 'a\\u{202e}b' },
])('$name', ({ text, expected }) => {
  expect(printable(text)).toBe(expected);
});
