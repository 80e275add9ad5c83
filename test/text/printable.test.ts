import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable, printableJson, printableOutput } from '../../src/text/printable.js';

test.each([
  {
    name: 'leaves letters, umlauts, marks and emoji alone',
    text: 'quay.io/a ü e\u0301 日本 🚀',
    expected: 'quay.io/a ü e\u0301 日本 🚀',
  },
  { name: 'shows an escape sequence as text', text: '\u001b[31mred', expected: '\\x1b[31mred' },
  { name: 'keeps a line in one line', text: 'a\nb\r\tc', expected: 'a\\nb\\r\\tc' },
  { name: 'shows the byte that a lone surrogate stands for', text: 'caf\udce9', expected: 'caf\\xe9' },
  { name: 'shows other lone surrogates by their number', text: '\ud800', expected: '\\u{d800}' },
  { name: 'shows what would reorder text', text: 'a\u202eb\u061c', expected: 'a\\u{202e}b\\u{61c}' },
  { name: 'shows tags', text: 'a\u{e0041}\u{e0001}', expected: 'a\\u{e0041}\\u{e0001}' },
  { name: 'shows selectors', text: 'a\ufe0f\u{e0100}\u180b', expected: 'a\\u{fe0f}\\u{e0100}\\u{180b}' },
  {
    name: 'shows what has no width',
    text: '\u200b\u200d\u2060\u00ad\u034f',
    expected: '\\u{200b}\\u{200d}\\u{2060}\\u{ad}\\u{34f}',
  },
  {
    name: 'shows fillers',
    text: '\u3164\u115f\u1160\uffa0\u2800',
    expected: '\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}\\u{2800}',
  },
  { name: 'shows ends of lines', text: '\u2028\u2029\u0085', expected: '\\u{2028}\\u{2029}\\x85' },
  { name: 'shows other blanks', text: 'a b\u00a0c\u3000', expected: 'a b\\u{a0}c\\u{3000}' },
  {
    name: 'shows what fonts decide about',
    text: '\ue000\u{f0000}\ufffe\uffff',
    expected: '\\u{e000}\\u{f0000}\\u{fffe}\\u{ffff}',
  },
  {
    name: 'does not pile up marks',
    text: `a${'\u0301'.repeat(6)}b`,
    expected: `a${'\u0301'.repeat(4)}\\u{301}\\u{301}b`,
  },
])('$name', ({ text, expected }) => {
  expect(printable(text)).toBe(expected);
});

/** By category, as Unicode has it, and not as the code has it. */
const unseen =
  /\p{Cc}|\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}|\p{Zl}|\p{Zp}|\u00a0|[\u2000-\u200a\u3000\u3164]|\p{Variation_Selector}/u;

describe('whatever the text', () => {
  const text = fc.string({ unit: 'binary' });

  test('nothing is left that cannot be seen', () => {
    fc.assert(fc.property(text, (each) => !unseen.test(printable(each))));
  });

  test('what is printable stays so', () => {
    fc.assert(fc.property(text, (each) => printable(printable(each)) === printable(each)));
  });

  test('JSON says the same, and every line of it can be shown', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, 2), (each, indent) => {
        const json = printableJson({ [each]: [each] }, indent);
        expect(JSON.parse(json)).toEqual({ [each]: [each] });
        expect(unseen.test(json.replaceAll('\n', ''))).toBe(false);
      }),
    );
  });
});

test('of an output, lines and colours stay', () => {
  const colours = '\u001b[1m\u001b[31merror\u001b[39m\u001b[22m';
  expect(printableOutput(`${colours} a\u{e0041}\n\u001b[2Jb\r\n`)).toBe(
    `${colours} a\\u{e0041}\n\\x1b[2Jb\\r\n`,
  );
});
