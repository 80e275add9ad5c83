import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitStrv, splitWords } from '../../../src/scan/words/words.js';

describe('splitWords', () => {
  test.each([
    { name: 'returns nothing for empty text', text: '', words: [] },
    { name: 'returns nothing for blanks', text: ' \t\r\n', words: [] },
    { name: 'takes runs of separators for one', text: ' a \t b\r\nc ', words: ['a', 'b', 'c'] },
    { name: 'does not separate at other white space', text: 'a\vb\f\u00a0c', words: ['a\vb\f\u00a0c'] },
    { name: 'keeps separators in double quotes', text: '"a b" c', words: ['a b', 'c'] },
    { name: 'keeps separators in single quotes', text: "'a\tb' c", words: ['a\tb', 'c'] },
    { name: 'removes quotes inside a word', text: '--a="b c"d', words: ['--a=b cd'] },
    { name: 'keeps the other kind of quote', text: `"it's" '"'`, words: ["it's", '"'] },
    { name: 'joins quoted parts', text: `'a'"b"c`, words: ['abc'] },
    { name: 'runs an unclosed quote to the end', text: "o'brien:x --quiet", words: ['obrien:x --quiet'] },
    { name: 'keeps an unclosed quote that holds something', text: 'a "', words: ['a'] },
    { name: 'keeps # and ; as they are', text: 'a #b ; c;d', words: ['a', '#b', ';', 'c;d'] },
    {
      name: 'reads letter escapes',
      text: String.raw`\a\b\f\n\r\t\v\\\"\'\s`,
      words: ['\x07\b\f\n\r\t\v\\"\' '],
    },
    { name: 'reads hexadecimal escapes as code points', text: String.raw`\x41\xe9\xFF`, words: ['Aéÿ'] },
    { name: 'reads octal escapes as code points', text: String.raw`\101\377`, words: ['Aÿ'] },
    { name: 'reads Unicode escapes', text: String.raw`\u00e9\U0001F600`, words: ['é😀'] },
    {
      name: 'turns half of a surrogate pair into U+FFFD',
      text: String.raw`\ud83d\udcff`,
      words: ['\ufffd\ufffd'],
    },
    {
      name: 'reads escapes in both kinds of quotes',
      text: String.raw`"\x41\"" '\x42\''`,
      words: ['A"', "B'"],
    },
    { name: 'does not separate at an escaped blank', text: String.raw`a\sb\tc`, words: ['a b\tc'] },
    { name: 'drops a backslash at the end', text: 'a b\\', words: ['a', 'b'] },
    {
      name: 'keeps characters outside ASCII and bytes that are not UTF-8',
      text: 'é 😀\udcff',
      words: ['é', '😀\udcff'],
    },
  ])('$name', ({ text, words }) => {
    expect(splitWords(text).words.map(({ value }) => value)).toEqual(words);
  });

  test.each([
    String.raw`\q`,
    String.raw`\ `,
    String.raw`\x00`,
    String.raw`\x4`,
    String.raw`\x4g`,
    String.raw`\X41`,
    String.raw`\N`,
    String.raw`\u12`,
    String.raw`\u0000`,
    String.raw`\U00110000`,
    String.raw`\U00000000`,
    String.raw`\000`,
    String.raw`\400`,
    String.raw`\10`,
    String.raw`\8`,
    '\\é',
  ])('drops all words because of the escape %s', (invalid) => {
    for (const text of [`a ${invalid} b`, `a "${invalid}" b`]) {
      expect(splitWords(text)).toEqual({
        words: [],
        ignored: { reason: 'invalid-escape', offset: text.indexOf('\\') },
      });
    }
  });

  test.each([
    {
      name: 'an empty word',
      text: '--a "" --b',
      words: ['--a'],
      ignored: { reason: 'empty-word', offset: 4 },
    },
    {
      name: 'an empty word in single quotes',
      text: "''",
      words: [],
      ignored: { reason: 'empty-word', offset: 0 },
    },
    { name: 'a NUL', text: 'a b\0c d', words: ['a', 'b'], ignored: { reason: 'nul', offset: 3 } },
    { name: 'a NUL in quotes', text: '"a b\0c" d', words: ['a b'], ignored: { reason: 'nul', offset: 4 } },
    {
      name: 'an empty word before a NUL',
      text: '"" a\0',
      words: [],
      ignored: { reason: 'empty-word', offset: 0 },
    },
  ])('ends at $name', ({ text, words, ignored }) => {
    const result = splitWords(text);
    expect({ words: result.words.map(({ value }) => value), ignored: result.ignored }).toEqual({
      words,
      ignored,
    });
  });

  test.each([
    { text: `a o'b c`, words: ['a', 'ob c'], offset: 3 },
    { text: `"a 'b'" "c \\"`, words: [`a 'b'`, 'c "'], offset: 8 },
  ])('takes all behind the quote for one word that is not closed in $text', ({ text, words, offset }) => {
    const result = splitWords(text);
    expect(result.words.map(({ value }) => value)).toEqual(words);
    expect(result.ignored).toEqual({ reason: 'open-quote', offset });
  });

  test('does not notice an invalid escape behind an empty word or a NUL', () => {
    expect(splitWords('a "" \\q').words).toHaveLength(1);
    expect(splitWords('a \0\\q').words).toHaveLength(1);
  });

  test('says where each character comes from', () => {
    expect(splitWords(String.raw`x  --a="b\u00e9\U0001F600"c`).words).toEqual([
      { value: 'x', offset: 0, offsets: [0] },
      { value: '--a=bé😀c', offset: 3, offsets: [3, 4, 5, 6, 8, 9, 15, 15, 26] },
    ]);
    expect(splitWords(' "a"').words).toEqual([{ value: 'a', offset: 1, offsets: [2] }]);
  });

  test('keeps unescaped characters at their offsets in any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '\\', 'x', '4', '😀', '\0', '\udcff') }),
        (text) => {
          for (const { value, offset, offsets } of splitWords(text).words) {
            expect(offsets).toHaveLength(value.length);
            expect(offset).toBeLessThanOrEqual(offsets[0] ?? -1);
            const written = offsets.map((at) => text.charAt(at));
            const same = written.every(
              (character, index) => character === '\\' || character === value.charAt(index),
            );
            expect(same).toBe(true);
          }
        },
      ),
    );
  });

  test('reads back words that were quoted', () => {
    const character = fc.constantFrom('a', ' ', '\t', '\n', '"', "'", '\\', '#', 'é', '😀', '\udcff');
    const words = fc.array(fc.string({ unit: character, minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(words, (written) => {
        const text = written.map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`).join(' ');
        expect(splitWords(text).words.map(({ value }) => value)).toEqual(written);
      }),
    );
  });
});

describe('splitStrv', () => {
  test.each([
    { name: 'keeps backslashes', text: String.raw`/a\n/b /c\ /d`, words: ['/a\\n/b', '/c\\', '/d'] },
    { name: 'ends a quoted part at an escaped quote', text: String.raw`"a\" b`, words: ['a\\', 'b'] },
    { name: 'removes quotes', text: `'b c'"d e"`, words: ['b cd e'] },
    { name: 'ends at an empty word', text: 'a "" b', words: ['a'] },
    { name: 'ends at a NUL', text: 'a b\0c', words: ['a', 'b'] },
  ])('$name', ({ text, words }) => {
    expect(splitStrv(text).words.map(({ value }) => value)).toEqual(words);
  });

  test('drops all words because of an unclosed quote', () => {
    expect(splitStrv('a b"c')).toEqual({ words: [], ignored: { reason: 'unclosed-quote', offset: 3 } });
    expect(splitStrv('a "b\0"')).toEqual({ words: [], ignored: { reason: 'unclosed-quote', offset: 2 } });
  });
});
