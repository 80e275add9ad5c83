import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { tomlComments, unitComments, yamlComments } from '../../src/check/suppression/comments.js';
import { readSuppressions } from '../../src/check/suppression/suppressions.js';
import { inFile } from '../../src/diagnostic/place.js';
import { parseUnitFile } from '../../src/scan/unit/file.js';

describe('a comment of a unit is about', () => {
  test.each([
    { name: 'the next line', text: '# a\nb=1\nc=2', expected: ['1:1 # a > 2'] },
    {
      name: 'the next line that is neither blank nor a comment',
      text: '# a\n\n; b\n[S]\n',
      expected: ['1:1 # a > 4', '3:1 ; b > 4'],
    },
    {
      name: 'all lines of one that goes on',
      text: '# a\nb=1 \\\n2 \\ \n3\nc=2',
      expected: ['1:1 # a > 2,3,4'],
    },
    { name: 'all lines of the one it stands in', text: 'b=1\\\n# a\n\n2\nc=2', expected: ['2:1 # a > 1,4'] },
    {
      name: 'lines that end in a backslash and are thrown away',
      text: '# a\nb=1\\\n\n',
      expected: ['1:1 # a > 2'],
    },
    { name: 'nothing at the end of the file', text: 'b=1\n# a', expected: ['2:1 # a > '] },
    {
      name: 'what follows, though it ends in a backslash itself',
      text: '# a \\\nb=1',
      expected: ['1:1 # a \\ > 2'],
    },
    {
      name: 'what follows, blanks around it aside',
      text: ' \t\u00a0# ä \r\n\u3000b=1\r\n',
      expected: ['1:4 # ä > 2'],
    },
  ])('$name', ({ text, expected }) => {
    expect(unitComments(Buffer.from(text)).map(commentText)).toEqual(expected);
  });

  test.each([
    { name: 'behind a value, which it is part of', text: 'a=b # c\n[S] ; d' },
    { name: 'behind a byte order mark', text: '\ufeff# a\n' },
  ])('none $name', ({ text }) => {
    expect(unitComments(Buffer.from(text))).toEqual([]);
  });
});

describe('a comment of a TOML document is about', () => {
  test.each([
    { name: 'the next line', text: '# a\nb = 1\nc = 2', expected: ['1:1 # a > 2'] },
    {
      name: 'the next line that is neither blank nor a comment',
      text: '# a\n\n  # b\r\n[t]\n',
      expected: ['1:1 # a > 4', '3:3 # b > 4'],
    },
    { name: 'its own line behind a value', text: 'b = "x" # a \nc = 2', expected: ['1:9 # a > 1'] },
    {
      name: 'its own line inside an array',
      text: 'b = [ # a\n  "x", # b\n  # c\n  "y"]',
      expected: ['1:7 # a > 1', '2:8 # b > 2', '3:3 # c > 4'],
    },
    {
      name: 'the line on which a string ends that it stands behind',
      text: 'b = """x\n""" # a',
      expected: ['2:5 # a > 2'],
    },
    { name: 'nothing at the end of the document', text: 'b = 1\n# a', expected: ['2:1 # a > '] },
    { name: 'what follows, a byte order mark aside', text: '\ufeff# a\nb = 1', expected: ['1:1 # a > 2'] },
  ])('$name', ({ text, expected }) => {
    expect(tomlComments(text).map(commentText)).toEqual(expected);
  });

  test.each([`a = "# x"`, `a = '# x'`, `a = """\n# x\n\\""" # x"""`, `a = '''\n# x'''`, `"# a" = 1`])(
    'none inside a string: %j',
    (text) => {
      expect(tomlComments(text)).toEqual([]);
    },
  );

  test.each(['a = "', "'''", '"""\\', '#', '"\\'])(
    'what it is about, in %j as well, which is no TOML',
    (text) => {
      expect(tomlComments(text).length).toBeLessThan(2);
    },
  );
});

describe('a comment of a YAML file is about', () => {
  test.each([
    { name: 'the next line', text: '# a\nb: 1\nc: 2', expected: ['1:1 # a > 2'] },
    {
      name: 'the next line that is neither blank nor a comment',
      text: 'a:\n  # a\n\n  # b\r\n  - b: 1\n',
      expected: ['2:3 # a > 5', '4:3 # b > 5'],
    },
    { name: 'its own line behind a value', text: 'a: "x" # a \nb: x', expected: ['1:8 # a > 1'] },
    {
      name: 'its own line behind a bracket',
      text: 'a: [ # a\n1] # b',
      expected: ['1:6 # a > 1', '2:4 # b > 2'],
    },
    {
      name: 'its own line where a block begins',
      text: 'a: | # a\n  # b\n# c\nb: 1',
      expected: ['1:6 # a > 1', '3:1 # c > 4'],
    },
    { name: 'the next document', text: 'a: 1\n# a\n---\nb: 1', expected: ['2:1 # a > 3'] },
    { name: 'nothing at the end of the file', text: 'a: 1\n# a', expected: ['2:1 # a > '] },
    { name: 'what follows, a byte order mark aside', text: '\ufeff# a\nb: 1', expected: ['1:1 # a > 2'] },
  ])('$name', ({ text, expected }) => {
    expect(yamlComments(text).map(commentText)).toEqual(expected);
  });

  test.each([
    'a: "# x"',
    "a: '\n # x'",
    'a: b#x',
    'a: |\n  # x\n  #y\n',
    '"# a": 1',
    '- >-\n  # x',
    '--- |\n# x\n',
  ])('none inside a scalar: %j', (text) => {
    expect(yamlComments(text)).toEqual([]);
  });
});

describe('nothing but comments is taken for one: with empty ones the same is read', () => {
  test('from a TOML document', () => {
    const part = fc.constantFrom(
      'a',
      '.b',
      ' = ',
      '"x"',
      "'''",
      '"""',
      '"',
      '\\\\',
      '#',
      '\n',
      '[',
      ']',
      '{',
      '}',
      ',',
      '1',
      ' ',
    );
    const line = fc.constantFrom(
      '[t]\n',
      'c = "#" # x\n',
      "d = '''\n# y\n''' # z\n",
      'e = [ # "\n1,\n]\n',
      "# '\n",
    );
    fc.assert(
      fc.property(fc.uniqueArray(line), fc.array(part), (lines, parts) => {
        const text = `${lines.join('')}${parts.join('')}`;
        const bare = emptied(text, tomlComments(text));
        const read = attempt(() => parse(text));
        if (read !== undefined) expect(attempt(() => parse(bare))).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  test('from a YAML file', () => {
    const part = fc.constantFrom(
      'a: ',
      '- ',
      '"',
      "'",
      '#',
      ' #',
      '\n',
      '  ',
      '|',
      '>-',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&x ',
      '*x',
      '---\n',
      'b',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        const bare = emptied(text, yamlComments(text));
        const [read, again] = [text, bare].map((each) =>
          attempt(() => parseYaml(each, { logLevel: 'error' })),
        );
        if (read !== undefined) expect(again).toEqual(read);
      }),
      { numRuns: 2000 },
    );
  });

  test('from a unit', () => {
    const part = fc.constantFrom('[S]\n', 'a=', 'b', '#', ';', '\\\\\n', '\n', ' ', '\u00a0', 'ä');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        const comments = unitComments(Buffer.from(text));
        expect(parseUnitFile(Buffer.from(emptied(text, comments)))).toEqual(parseUnitFile(Buffer.from(text)));
      }),
      { numRuns: 2000 },
    );
  });
});

function emptied(text: string, comments: ReturnType<typeof tomlComments>): string {
  const lines = text.split('\n');
  for (const { line, column, text: comment } of comments) {
    const content = lines[line - 1] ?? '';
    expect(content.slice(column - 1, column - 1 + comment.length)).toBe(comment);
    lines[line - 1] = content.slice(0, column) + content.slice(column - 1 + comment.length);
  }
  return lines.join('\n');
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

function commentText({ line, column, text, lines }: ReturnType<typeof tomlComments>[number]): string {
  return `${line}:${column} ${text} > ${lines.join()}`;
}

describe('a comment', () => {
  function read(text: string) {
    const { suppressions, diagnostics } = readSuppressions(
      [{ text, line: 3, column: 5, lines: [4] }],
      inFile('/x'),
    );
    return {
      rules: suppressions.map(({ rule, place }) => `${rule} ${place.line}:${place.column}`),
      problems: diagnostics.map(({ rule, line, column }) => `${rule} ${line}:${column}`),
    };
  }

  test.each([
    { text: '# bound-images: ignore specifier: it is one here', rules: ['specifier 3:28'] },
    { text: '; bound-images: ignore specifier: because', rules: ['specifier 3:28'] },
    { text: '#bound-images:ignore specifier:x', rules: ['specifier 3:26'] },
    { text: '## bound-images: ignore specifier: with: colons', rules: ['specifier 3:29'] },
    {
      text: '# bound-images: ignore specifier, reference-short ,pulled-at-boot: all three',
      rules: ['specifier 3:28', 'reference-short 3:39', 'pulled-at-boot 3:56'],
    },
  ])('names rules and a reason: $text', ({ text, rules }) => {
    expect(read(text)).toEqual({ rules, problems: [] });
  });

  test.each([
    '# nothing',
    '# bound-images: see the wiki',
    '# bound-images: ignored',
    '# ignore specifier: x',
    '# see bound-images: ignore specifier: x',
    '# bound-images reads this file',
    '# bound-images ignores this key',
    '# bound-images-ignore-list is elsewhere',
    '# bound-images, off the record',
    '# the bound-images disable themselves',
  ])('is only a comment: %s', (text) => {
    expect(read(text)).toEqual({ rules: [], problems: [] });
  });

  test.each([
    '# bound-images: ignore',
    '# bound-images: ignore: a reason',
    '# bound-images: ignore , : a reason',
    '# bound-images: ignore specifier',
    '# bound-images: ignore specifier:',
    '# bound-images: ignore specifier because it is right',
  ])('suppresses nothing without a rule or a reason: %s', (text) => {
    expect(read(text)).toEqual({ rules: [], problems: ['suppression-incomplete 3:5'] });
  });

  test.each([
    '# bound-images ignore specifier: why',
    '# bound-images : ignore specifier: why',
    '# bound-images: disable specifier',
    '# bound-images disable=specifier',
    '# bound-images-ignore specifier: why',
    '; Bound-Images: Ignore specifier: why',
    '#bound-images: allow specifier',
    '# bound-images: off',
    '# bound-images: ignore-next-line specifier: why',
    '# bound-images: specifier: why',
  ])('suppresses nothing in another form: %s', (text) => {
    expect(read(text)).toEqual({ rules: [], problems: ['suppression-incomplete 3:5'] });
  });

  test('says what is missing', () => {
    const texts = ['# bound-images: ignore: x', '# bound-images: ignore specifier', '# bound-images: off'];
    const messages = texts.flatMap((text) =>
      readSuppressions([{ text, line: 1, column: 1, lines: [] }], inFile('/x')).diagnostics.map(
        (found) => found.message,
      ),
    );
    expect(messages).toEqual([
      'this comment suppresses nothing: it names no rule',
      'this comment suppresses nothing: it names no reason',
      'this comment suppresses nothing: it does not begin with “bound-images: ignore”',
    ]);
  });

  test('suppresses the rules that there are beside one that there is not', () => {
    expect(read('# bound-images: ignore specifer, reference-short: both')).toEqual({
      rules: ['reference-short 3:38'],
      problems: ['suppression-unknown-rule 3:28'],
    });
  });

  test.each([
    { name: 'a misspelt rule', names: 'specifer', hint: 'did you mean “specifier”?' },
    {
      name: 'no comma between rules',
      names: 'specifier reference-short',
      hint: 'write a comma between rules',
    },
  ])('with $name gets told what was meant', ({ names, hint }) => {
    const comment = { text: `# bound-images: ignore ${names}: x`, line: 1, column: 1, lines: [] };
    const [found] = readSuppressions([comment], inFile('/x')).diagnostics;
    expect(found?.hint).toBe(hint);
  });
});
