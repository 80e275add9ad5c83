import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeName, encodePath } from '../../../src/model/path.js';
import { parseUnitFile, positionAt, type UnitFile } from '../../../src/scan/unit/file.js';

/** Bytes from text in which each character is one byte. */
function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function parsed(bytes: Buffer): UnitFile {
  const result = parseUnitFile(bytes);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.unit;
}

/** Sections as `[name, [key, value]…]`, without positions. */
function contents(unit: UnitFile): unknown[] {
  return unit.sections.map(({ name, assignments }) => [
    name,
    ...assignments.map(({ key, value }) => [key, value]),
  ]);
}

describe('lines', () => {
  const image = (...assignments: readonly [string, string][]) => [['Image', ...assignments]];
  test.each<{ name: string; text: string | Buffer; expected: unknown[] }>([
    { name: 'reads an empty file as no sections', text: '', expected: [] },
    { name: 'reads a comment-only file as no sections', text: '# a\n\n; b\n', expected: [] },
    { name: 'keeps a section without assignments', text: '[Image]', expected: image() },
    {
      name: 'takes \\r for white space at the end of a line',
      text: '[Image]\r\nA=b\r\n',
      expected: image(['A', 'b']),
    },
    {
      name: 'does not end a line at a bare \\r',
      text: '[Image]\nA=b\rC=d\n',
      expected: image(['A', 'b\rC=d']),
    },
    { name: 'removes one line end from the end of the file', text: '[Image]\nA=b \\\n\n', expected: image() },
    {
      name: 'skips comments of both kinds, indented too',
      text: '[Image]\n  # x=y\n\t; z\nA=b\n',
      expected: image(['A', 'b']),
    },
    {
      name: 'knows no comments at the end of a line',
      text: '[Image]\nA=a # b ; c\n',
      expected: image(['A', 'a # b ; c']),
    },
    { name: 'keeps true as text', text: '[Image]\nA=true\n', expected: image(['A', 'true']) },
    {
      name: 'keeps dots in section names and keys',
      text: '[a.b]\nc.d=e\n',
      expected: [['a.b', ['c.d', 'e']]],
    },
    {
      name: 'keeps repeated keys in order',
      text: '[Image]\nA=1\nB=2\nA=3\n',
      expected: image(['A', '1'], ['B', '2'], ['A', '3']),
    },
    {
      name: 'merges sections of one name in file order',
      text: '[Image]\nA=1\n[X]\nA=2\n[Image]\nA=3\n',
      expected: [
        ['Image', ['A', '1'], ['A', '3']],
        ['X', ['A', '2']],
      ],
    },
    {
      name: 'keeps names and keys apart by case',
      text: '[a]\nk=1\nK=2\n[A]\n',
      expected: [['a', ['k', '1'], ['K', '2']], ['A']],
    },
    { name: 'keeps blanks inside a section name', text: '[ Image ]\n', expected: [[' Image ']] },
    { name: 'accepts blanks behind a section header', text: ' [Image] \t\n', expected: image() },
    {
      name: 'reads a header with text behind it as a key when there is a =',
      text: '[Image]\n[Image] # a=b\n',
      expected: image(['[Image] # a', 'b']),
    },
    {
      name: 'accepts blanks and brackets in a key',
      text: '[Image]\n[Service]Type=x\nA b=c\n',
      expected: image(['[Service]Type', 'x'], ['A b', 'c']),
    },
    {
      name: 'strips white space around the first = only',
      text: '[Image]\nA \t= \vb = c\n',
      expected: image(['A', 'b = c']),
    },
    { name: 'keeps an empty value', text: '[Image]\nA=\nB= \n', expected: image(['A', ''], ['B', '']) },
  ])('$name', ({ text, expected }) => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    expect(contents(parsed(bytes))).toEqual(expected);
  });
});

describe('white space and bytes', () => {
  const goSpaces = [
    '\t',
    '\v',
    '\f',
    '\r',
    ' ',
    '\u0085',
    '\u00a0',
    '\u1680',
    '\u2000',
    '\u200a',
    '\u2028',
    '\u2029',
    '\u202f',
    '\u205f',
    '\u3000',
  ];
  test.each(goSpaces)('trims %j from both ends of a line', (space) => {
    const text = `${space}[Image]${space}\n${space}A=b${space}${space}\n`;
    expect(contents(parsed(Buffer.from(text)))).toEqual([['Image', ['A', 'b']]]);
  });

  test.each(['\ufeff', '\u200b', '\u180e', '\u001c', '\u001f'])('keeps %j at both ends of a line', (text) => {
    expect(contents(parsed(Buffer.from(`[Image]\n${text}A=b${text}\n`)))).toEqual([
      ['Image', [`${text}A`, `b${text}`]],
    ]);
  });

  test.each([
    { name: 'keeps an NBSP behind =', bytes: '[I]\nA=\xc2\xa0b\n', expected: ['A', '\u00a0b'] },
    { name: 'strips the bytes 85 and A0 behind =', bytes: '[I]\nA=\x85\xa0b\n', expected: ['A', 'b'] },
    { name: 'strips the bytes 85 and A0 before =', bytes: '[I]\nA\x85\xa0=b\n', expected: ['A', 'b'] },
    {
      name: 'strips half of a character that ends in A0 before =',
      bytes: '[I]\nA\xc3\xa0=b\n',
      expected: ['A\udcc3', 'b'],
    },
    {
      name: 'keeps the bytes 85 and A0 at the ends of a line',
      bytes: '[I]\n\x85A=b\xa0\n',
      expected: ['\udc85A', 'b\udca0'],
    },
    {
      name: 'keeps bytes that are not UTF-8',
      bytes: '[I]\nA\xff=caf\xe9\n',
      expected: ['A\udcff', 'caf\udce9'],
    },
    {
      name: 'joins the halves of a character over a continuation',
      bytes: '[I]\nA=\xc3\\\n\xa9\n',
      expected: ['A', 'é'],
    },
    { name: 'keeps NUL in a value', bytes: '[I]\nA=a\0b\n', expected: ['A', 'a\0b'] },
  ])('$name', ({ bytes, expected }) => {
    expect(contents(parsed(latin1(bytes)))).toEqual([['I', expected]]);
  });
});

describe('continuations', () => {
  test.each([
    {
      name: 'joins with nothing between and drops the indentation',
      text: 'A=a\\\n  b\n',
      expected: [['A', 'ab']],
    },
    { name: 'keeps blanks before the backslash', text: 'A=a \\\n  b\n', expected: [['A', 'a b']] },
    { name: 'drops blanks behind the backslash', text: 'A=a\\ \t\r\nb\n', expected: [['A', 'ab']] },
    { name: 'drops one of two backslashes', text: 'A=a\\\\\nb\n', expected: [['A', 'a\\b']] },
    {
      name: 'goes on over blank lines and comments',
      text: 'A=a\\\n\n# c\n ; d\\\nb\nC=d\n',
      expected: [
        ['A', 'ab'],
        ['C', 'd'],
      ],
    },
    { name: 'does not continue a comment', text: '# c\\\nA=b\n', expected: [['A', 'b']] },
    {
      name: 'swallows a section header',
      text: 'A=a\\\n[X]\nB=c\n',
      expected: [
        ['A', 'a[X]'],
        ['B', 'c'],
      ],
    },
    { name: 'joins the parts of a key', text: 'A\\\nB\\\n=\\\nc\n', expected: [['AB', 'c']] },
    {
      name: 'treats a line of one backslash as nothing',
      text: '\\\nA=b\n\\\n# c\nB=d\n',
      expected: [
        ['A', 'b'],
        ['B', 'd'],
      ],
    },
    { name: 'treats a last line of one backslash as nothing', text: 'A=b\n\\', expected: [['A', 'b']] },
    { name: 'ends at the end of the file without a line end', text: 'A=x \\', expected: [['A', 'x ']] },
    { name: 'ends at the end of the file with one line end', text: 'A=x \\\n', expected: [['A', 'x ']] },
    { name: 'joins a last line of one backslash', text: 'A=x \\\n\\\n', expected: [['A', 'x ']] },
    {
      name: 'throws away what still waits at the end of the file',
      text: 'B=c\nA=x\\\n\n',
      expected: [['B', 'c']],
    },
  ])('$name', ({ text, expected }) => {
    expect(contents(parsed(Buffer.from(`[Image]\n${text}`)))).toEqual([['Image', ...expected]]);
  });

  test('joins the parts of a section header', () => {
    expect(contents(parsed(Buffer.from('[Ima\\\nge]\nA=b')))).toEqual([['Image', ['A', 'b']]]);
  });

  test.each([
    {
      name: 'a key',
      text: '[Image]\nB=c\n A=x\\\n# c\n\n',
      notes: [{ code: 'continuation-discarded', line: 3, column: 2 }],
    },
    {
      name: 'a key of several lines',
      text: '[Image]\nA=x\\\ny\\\n\n',
      notes: [{ code: 'continuation-discarded', line: 2, column: 1 }],
    },
    { name: 'nothing but backslashes', text: '[Image]\n\\\n\\\n\n', notes: [] },
    { name: 'a line that the end of the file completes', text: '[Image]\nA=x\\\n', notes: [] },
  ])('notes a continuation thrown away: $name', ({ text, notes }) => {
    expect(parseUnitFile(Buffer.from(text)).notes).toEqual(notes);
  });
});

describe('problems', () => {
  test.each([
    { name: 'a line that is nothing', text: '[Image]\n  oops\n', problems: ['not-an-assignment 2:3'] },
    {
      name: 'a line that is nothing, in a section that nobody reads',
      text: '[X-a]\noops\n[Image]\n',
      problems: ['not-an-assignment 2:1'],
    },
    { name: 'a value without a key', text: '[Image]\n =x\n', problems: ['key-empty 2:2'] },
    {
      name: 'every key before the first section',
      text: 'A=b\n# c\n C=d\n[Image]\n',
      problems: ['key-before-section 1:1', 'key-before-section 3:2'],
    },
    { name: 'an empty section name', text: '[]\nA=b\n', problems: ['section-name-empty 1:1'] },
    { name: 'a [ in a section name', text: '[é[b]\nA=b\n', problems: ['section-name-invalid 1:3'] },
    {
      name: 'a control character in a section name',
      text: '[a\u0001]\n',
      problems: ['section-name-invalid 1:3'],
    },
    {
      name: 'a C1 control character in a section name',
      text: '[a\u0085]\n',
      problems: ['section-name-invalid 1:3'],
    },
    {
      name: 'text behind a section header',
      text: '[Image] \t# x\nA=b\n',
      problems: ['text-after-section 1:10'],
    },
    { name: 'a second ] behind a section header', text: '[Image]]\n', problems: ['text-after-section 1:8'] },
    {
      name: 'an NBSP behind a section header, before a comment',
      text: '[Image]\u00a0# x\n',
      problems: ['text-after-section 1:8'],
    },
    { name: 'a section header without an end', text: '[Image\nA=b\n', problems: ['section-unclosed 1:1'] },
    {
      name: 'a byte order mark before a section',
      text: '\ufeff[Image]\nA=b\n',
      problems: ['byte-order-mark 1:1'],
    },
    {
      name: 'a byte order mark before a comment',
      text: '\ufeff# c\nA=b\n',
      problems: ['byte-order-mark 1:1', 'key-before-section 2:1'],
    },
    {
      name: 'a byte order mark before a key',
      text: '\ufeffA=b\n[Image]\n',
      problems: ['byte-order-mark 1:1'],
    },
    { name: 'a byte order mark in an empty file', text: '\ufeff', problems: ['byte-order-mark 1:1'] },
    {
      name: 'a joined line, where it begins',
      text: '[Image]\n\n a\\\n b\n',
      problems: ['not-an-assignment 3:2'],
    },
    {
      name: 'text behind a header that a continuation brings',
      text: '[Image]\\\n  x\n',
      problems: ['text-after-section 2:3'],
    },
    {
      name: 'one after the other',
      text: 'x\n[]\n=\n[a] b\nA=1\ny',
      problems: [
        'not-an-assignment 1:1',
        'section-name-empty 2:1',
        'key-empty 3:1',
        'text-after-section 4:5',
        'not-an-assignment 6:1',
      ],
    },
  ])('reports $name', ({ text, problems }) => {
    const result = parseUnitFile(Buffer.from(text));
    expect(
      result.ok ? [] : result.problems.map(({ code, line, column }) => `${code} ${line}:${column}`),
    ).toEqual(problems);
  });

  test('reports a key of stripped bytes only', () => {
    const result = parseUnitFile(latin1('[Image]\n\xa0=x\n'));
    expect(result).toEqual({ ok: false, problems: [{ code: 'key-empty', line: 2, column: 1 }], notes: [] });
  });

  test('accepts a byte order mark in a line that is thrown away', () => {
    expect(parseUnitFile(Buffer.from('\ufeffA=b\\\n\n'))).toMatchObject({ ok: true, unit: { sections: [] } });
  });

  test('keeps the note beside the problems', () => {
    expect(parseUnitFile(Buffer.from('oops\nA=b\\\n\n'))).toEqual({
      ok: false,
      problems: [{ code: 'not-an-assignment', line: 1, column: 1 }],
      notes: [{ code: 'continuation-discarded', line: 2, column: 1 }],
    });
  });
});

describe('positions', () => {
  test('gives sections and keys the place of their first character', () => {
    const unit = parsed(Buffer.from('# c\n [a]\n\tk = v\n[b]\n[a]\nl=w\n'));
    expect(unit.sections.map(({ name, line, column }) => [name, line, column])).toEqual([
      ['a', 2, 2],
      ['b', 4, 1],
    ]);
    expect(unit.sections[0]?.assignments.map(({ key, line, column }) => [key, line, column])).toEqual([
      ['k', 3, 2],
      ['l', 6, 1],
    ]);
  });

  const rows: readonly { name: string; text: string; offset: number; expected: string }[] = [
    { name: 'the first character behind blanks', text: 'é = x', offset: 0, expected: '2:5' },
    { name: 'the place behind the last character', text: 'A=xy', offset: 2, expected: '2:5' },
    { name: 'an empty value', text: 'A= ', offset: 0, expected: '2:3' },
    { name: 'an empty value on a line of its own', text: 'A\\\n  =', offset: 0, expected: '3:4' },
    { name: 'columns in UTF-16 code units', text: 'A=😀é%', offset: 3, expected: '2:6' },
    { name: 'the second half of a surrogate pair', text: 'A=😀é%', offset: 1, expected: '2:4' },
    { name: 'the last character before a join', text: 'A=ab \\\n  cd', offset: 2, expected: '2:5' },
    { name: 'the first character behind a join', text: 'A=ab \\\n  cd', offset: 3, expected: '3:3' },
    { name: 'a value that begins behind a join', text: 'A=\\\n\n  # c\n\\\n cd', offset: 0, expected: '6:2' },
    { name: 'a value behind a key of two lines', text: 'A\\\n\tB =\t%', offset: 0, expected: '3:6' },
  ];
  test.each(rows)('finds $name', ({ text, offset, expected }) => {
    const assignment = parsed(Buffer.from(`[Image]\n${text}`)).sections[0]?.assignments[0];
    if (assignment === undefined) throw new Error('no assignment');
    const { line, column } = positionAt(assignment, offset);
    expect(`${line}:${column}`).toBe(expected);
  });

  test('places a character that a join cut in two where it begins, and the next one where it stands', () => {
    const assignment = parsed(latin1('[I]\nA=x\xf0\x9f\\\n\x98\\\n\x80yz')).sections[0]?.assignments[0];
    expect(assignment).toMatchObject({
      value: 'x😀yz',
      spans: [
        { offset: 0, line: 2, column: 3 },
        { offset: 3, line: 4, column: 2 },
      ],
    });
  });
});

describe('properties', () => {
  const grammarByte = fc.constantFrom(...Array.from(Buffer.from('[]=\\\n\r\t #;"aé\u00a0\u2028\ufeff\0')));
  const anyBytes = fc
    .array(fc.oneof(grammarByte, fc.nat(255)), { maxLength: 60 })
    .map((bytes) => Buffer.from(bytes));

  test('never throws, and every position is in the file', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const result = parseUnitFile(bytes);
        const lengths = bytes
          .toString('latin1')
          .split('\n')
          .map((line) => decodeName(latin1(line)).length);
        const places = [...result.notes, ...(result.ok ? result.unit.sections : result.problems)];
        const spans = result.ok
          ? result.unit.sections.flatMap(({ assignments }) =>
              assignments.flatMap((assignment) => assignment.spans),
            )
          : [];
        for (const { line, column } of [...places, ...spans]) {
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lengths[line - 1] ?? -1) + 1);
        }
      }),
      { numRuns: 3000 },
    );
  });

  const word = fc.string({
    unit: fc.constantFrom('a', 'é', '日', '😀', '"', '[', '=', '\udcff', '\udca9'),
    minLength: 1,
    maxLength: 4,
  });
  const part = fc.oneof(word, fc.constantFrom(' ', '\t', '\u00a0 ', ' # '));
  const joins = ['\\\n', '\\\n  ', '\\ \r\n\t', '\\\n# c\\\n\n \u2003', '\\\n\\\n'];
  const value = fc
    .tuple(word, fc.array(fc.tuple(part, fc.constantFrom('', ...joins), word), { maxLength: 5 }))
    .map(([first, rest]) => ({
      text: [first, ...rest.map(([before, , after]) => before + after)].join(''),
      source: [first, ...rest.map((pieces) => pieces.join(''))].join(''),
    }));

  test('finds every character of a value where it was written', () => {
    fc.assert(
      fc.property(value, ({ text, source }) => {
        const bytes = encodePath(`[I]\nKey =  ${source}\n`);
        const assignment = parsed(bytes).sections[0]?.assignments[0];
        if (assignment === undefined) throw new Error('no assignment');
        expect(assignment.value).toBe(text);
        const lines = bytes
          .toString('latin1')
          .split('\n')
          .map((line) => decodeName(latin1(line)));
        const found = Array.from({ length: text.length }, (_, offset) => {
          const { line, column } = positionAt(assignment, offset);
          return lines[line - 1]?.charAt(column - 1);
        });
        expect(found.join('')).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  const name = fc.string({
    unit: fc.constantFrom('a', 'B', '-', 'é', '日', '\udcff'),
    minLength: 1,
    maxLength: 5,
  });
  const line = fc.string({
    unit: fc.constantFrom('a', ' ', '=', '#', ';', '"', '[', ']', '%', 'é', '\udcff'),
    maxLength: 8,
  });
  const keyValue = fc.tuple(
    name.map((text) => `k${text}`),
    line.map((text) => text.trim()),
  );

  test('reads back the unit that was written', () => {
    const section = fc.tuple(name, fc.array(keyValue, { maxLength: 4 }));
    const sections = fc.uniqueArray(section, { selector: ([title]) => title, maxLength: 4 });
    fc.assert(
      fc.property(sections, (written) => {
        const text = written.map(([title, pairs]) =>
          [`[${title}]`, ...pairs.map((pair) => pair.join('=')), ''].join('\n'),
        );
        const expected = written.map(([title, pairs]) => [title, ...pairs]);
        expect(contents(parsed(encodePath(text.join('\n'))))).toEqual(expected);
      }),
    );
  });
});
