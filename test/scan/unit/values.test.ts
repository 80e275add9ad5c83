import { describe, expect, test } from 'vitest';
import { parseUnitFile } from '../../../src/scan/unit/file.js';
import { bool, list, mergeSection, positionIn, single, strv, words } from '../../../src/scan/unit/values.js';

/** The section `S` of files that hold these lines under it; the sources are 0, 1, … */
function section(...texts: readonly string[]) {
  const files = texts.map((text, source) => {
    const result = parseUnitFile(Buffer.from(`[S]\n${text}`));
    if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
    return { unit: result.unit, source };
  });
  const merged = mergeSection(files, 'S');
  if (merged === undefined) throw new Error('no section');
  return merged;
}

describe('mergeSection', () => {
  test('appends the lines of later files and keeps their source', () => {
    const { assignments } = section('A=1\nB=2', 'A=3\n[T]\nA=x\n[S]\nC=4');
    expect(assignments.map(({ key, value, source, line }) => [key, value, source, line])).toEqual([
      ['A', '1', 0, 2],
      ['B', '2', 0, 3],
      ['A', '3', 1, 2],
      ['C', '4', 1, 6],
    ]);
  });

  test('tells an empty section from an absent one', () => {
    const result = parseUnitFile(Buffer.from('[S]'));
    const files = result.ok ? [{ unit: result.unit, source: 'a' }] : [];
    expect(mergeSection(files, 'S')).toMatchObject({ assignments: [] });
    expect(mergeSection(files, 's')).toBeUndefined();
  });
});

describe('single', () => {
  test.each([
    { name: 'returns the last occurrence', text: 'K=a\nK=b\nL=c', value: 'b' },
    { name: 'returns the last occurrence even if empty', text: 'K=a\nK=', value: '' },
    { name: 'keeps inner blanks and comment signs', text: 'K=a  b # c', value: 'a  b # c' },
    { name: 'trims blanks that end a file', text: 'K=a \u00a0\\', value: 'a' },
    { name: 'removes one pair of double quotes', text: 'K="a"', value: 'a' },
    { name: 'removes only one pair', text: 'K=""a""', value: '"a"' },
    { name: 'removes the quotes around nothing', text: 'K=""', value: '' },
    { name: 'keeps blanks inside the quotes', text: 'K=" a "', value: ' a ' },
    { name: 'removes the outer quotes of two quoted words', text: 'K="a" "b"', value: 'a" "b' },
    { name: 'trims before it looks for the quotes', text: 'K="a" \\', value: 'a' },
    { name: 'keeps a lone quote', text: 'K="', value: '"' },
    { name: 'keeps a quote on one side', text: 'K="a', value: '"a' },
    { name: 'keeps single quotes', text: "K='a'", value: "'a'" },
    { name: 'keeps escapes', text: 'K=a\\x41\\n', value: 'a\\x41\\n' },
  ])('$name', ({ text, value }) => {
    expect(single(section(text), 'K')?.value).toBe(value);
  });

  test('returns nothing for an absent key, and for a key in other case', () => {
    expect(single(section('k=a'), 'K')).toBeUndefined();
  });

  test('takes the last file', () => {
    expect(single(section('K=a', 'K=b', 'L=c'), 'K')).toMatchObject({
      value: 'b',
      offset: 0,
      assignment: { source: 1 },
    });
  });

  test('counts the offset from the character behind the quote', () => {
    const found = single(section('K = "a%n"'), 'K');
    expect(found).toMatchObject({ value: 'a%n', offset: 1 });
    expect(found && positionIn(found, 1)).toEqual({ line: 2, column: 7 });
  });
});

describe('bool', () => {
  test.each(['1', 'yes', 'true', 'on', 'YES', 'True', 'oN', '"yes"', 'yes \\', 'yeſ'])(
    'takes %s for true',
    (value) => {
      expect(bool(section(`K=${value}`), 'K')?.value).toBe(true);
    },
  );

  test.each(['', '0', 'no', 'y', 't', '01', 'yes # x', 'yes x', '""yes""', "'yes'", 'enabled'])(
    'takes %j for false',
    (value) => {
      expect(bool(section(`K=${value}`), 'K')?.value).toBe(false);
    },
  );

  test('lets an empty occurrence override a true one', () => {
    expect(bool(section('K=true\nK='), 'K')?.value).toBe(false);
  });

  test('returns nothing for an absent key', () => {
    expect(bool(section('L=true'), 'K')).toBeUndefined();
  });
});

describe('list', () => {
  test.each([
    { name: 'returns every occurrence', texts: ['K=a\nL=x\nK=b'], values: ['a', 'b'] },
    { name: 'clears at an empty occurrence', texts: ['K=a\nK=\nK=b\nK=c'], values: ['b', 'c'] },
    { name: 'clears to nothing', texts: ['K=a\nK= '], values: [] },
    { name: 'clears what other files said', texts: ['K=a', 'K=\nK=b', 'K=c'], values: ['b', 'c'] },
    { name: 'does not clear at quotes around nothing', texts: ['K=a\nK=""'], values: ['a', '""'] },
    { name: 'keeps quotes, escapes and inner blanks', texts: ['K="a b" \\n'], values: ['"a b" \\n'] },
    { name: 'keeps a blank that ends a file', texts: ['K=a \\'], values: ['a '] },
    { name: 'returns nothing for an absent key', texts: ['L=a'], values: [] },
  ])('$name', ({ texts, values }) => {
    expect(list(section(...texts), 'K').map(({ value }) => value)).toEqual(values);
  });
});

describe('words', () => {
  test.each([
    { name: 'joins the words of all occurrences', text: 'K=a "b c"\nK=d', values: ['a', 'b c', 'd'] },
    { name: 'clears at an empty occurrence', text: 'K=a b\nK=\nK=c', values: ['c'] },
    {
      name: 'drops an occurrence with an invalid escape and keeps its neighbours',
      text: 'K=a\nK=b \\q c\nK=d',
      values: ['a', 'd'],
    },
    {
      name: 'ends an occurrence at an empty word and keeps its neighbours',
      text: 'K=a "" b\nK=c',
      values: ['a', 'c'],
    },
    { name: 'keeps an unclosed quote inside its occurrence', text: 'K=a "b\nK=c', values: ['a', 'b', 'c'] },
  ])('$name', ({ text, values }) => {
    expect(words(section(text), 'K').words.map(({ value }) => value)).toEqual(values);
  });

  test('has room for more words than the stack', () => {
    expect(words(section(`K=${'a '.repeat(300_000)}`), 'K').words.length).toBe(300_000);
  });

  test('finds a character of a word through quotes, escapes and continuations', () => {
    const [, word] = words(section('A=1', 'K=--a \\\n  "--b=\\x25\\\n\t %n"'), 'K').words;
    expect(word).toMatchObject({ value: '--b=%%n', offset: 4, assignment: { source: 1, key: 'K' } });
    expect(word && [4, 5].map((index) => positionIn(word, index))).toEqual([
      { line: 3, column: 8 },
      { line: 4, column: 3 },
    ]);
  });
});

describe('strv', () => {
  test('keeps backslashes and drops an occurrence with an unclosed quote', () => {
    expect(strv(section('K=/a\\n "b c"\nK=d "e\nK=f'), 'K').words.map(({ value }) => value)).toEqual([
      '/a\\n',
      'b c',
      'f',
    ]);
  });
});
