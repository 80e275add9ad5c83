import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { Position } from '../../src/text/position.js';
import { type TomlPath, tomlPositions } from '../../src/text/toml-positions.js';

/** The text from a position on. */
function from(text: string, position: Position | undefined): string {
  if (position === undefined) throw new Error(`no position in ${JSON.stringify(text)}`);
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return [lines[position.line - 1]?.slice(position.column - 1), ...lines.slice(position.line)].join('\n');
}

describe('tomlPositions', () => {
  test.each<{ name: string; text: string; path: TomlPath; value: [number, number]; key?: [number, number] }>([
    { name: 'a bare key', text: 'a = 1', path: ['a'], value: [1, 5], key: [1, 1] },
    { name: 'a key with no blanks', text: '# c\n\n a=1', path: ['a'], value: [3, 4], key: [3, 2] },
    { name: 'a dotted key', text: 'a . b = 1', path: ['a', 'b'], value: [1, 9], key: [1, 5] },
    {
      name: 'the table of a dotted key',
      text: 'x = 0\na.b = 1\na.c = 2',
      path: ['a'],
      value: [2, 1],
      key: [2, 1],
    },
    { name: 'a key like a number', text: '3.14 = 1', path: ['3', '14'], value: [1, 8], key: [1, 3] },
    { name: 'a quoted key', text: '"a.b" = 1', path: ['a.b'], value: [1, 9], key: [1, 1] },
    { name: 'a literal key', text: `'a"b\\'.c = 1`, path: ['a"b\\', 'c'], value: [1, 12], key: [1, 8] },
    { name: 'a key with escapes', text: '"a\\"\\u00e9\\x41\\e" = 1', path: ['a"éA\u001b'], value: [1, 21] },
    { name: 'an empty key', text: '"" = 1', path: [''], value: [1, 6], key: [1, 1] },
    { name: 'a key of Object.prototype', text: 'a = 1\n__proto__ = 2', path: ['__proto__'], value: [2, 13] },
    { name: 'a value after a string', text: 'a = "\\\\" # "\nb = 2', path: ['b'], value: [2, 5] },
    { name: 'a value after a literal', text: "a = 'C:\\' # '\nb = 2", path: ['b'], value: [2, 5] },
    {
      name: 'a value after a long string',
      text: 'a = """\n\\""" b = 3\n"""\nb = 2',
      path: ['b'],
      value: [4, 5],
    },
    { name: 'a value after five quotes', text: 'a = """x"""""\nb = 2', path: ['b'], value: [2, 5] },
    { name: 'a value after seven quotes', text: "a = '''''''\nb = 2", path: ['b'], value: [2, 5] },
    {
      name: 'a value after a long literal',
      text: "a = '''\\\n'' b = 3''''\nb = 2",
      path: ['b'],
      value: [3, 5],
    },
    {
      name: 'a value after a date with a blank',
      text: 'a = 1979-05-27 07:32:00 # c\nb = 2',
      path: ['b'],
      value: [2, 5],
    },
    { name: 'an element', text: 'a = [ 1, "]", 3, ]', path: ['a', 2], value: [1, 15] },
    {
      name: 'an element on its own line',
      text: 'a = [ # ]\n  1, # ,\n  # 0\n  2\n]',
      path: ['a', 1],
      value: [4, 3],
    },
    { name: 'an element of an element', text: 'a = [[], [1, [2]]]', path: ['a', 1, 1, 0], value: [1, 15] },
    {
      name: 'an inline table',
      text: 'a = { b = 1, c.d = 2 }',
      path: ['a', 'c', 'd'],
      value: [1, 20],
      key: [1, 16],
    },
    {
      name: 'an inline table over lines',
      text: 'a = {\n  b = 1, # }\n  c = 2,\n}',
      path: ['a', 'c'],
      value: [3, 7],
    },
    {
      name: 'a table in an array',
      text: 'a = [{b=1}, {b=2}]',
      path: ['a', 1, 'b'],
      value: [1, 16],
      key: [1, 14],
    },
    { name: 'an empty table, and what follows', text: 'a = {}\nb = []\nc = 1', path: ['c'], value: [3, 5] },
    { name: 'a table', text: 'x = 1\n[ a ."b" ] # c\ny = 2', path: ['a', 'b'], value: [2, 1], key: [2, 6] },
    {
      name: 'a key in a table',
      text: 'x = 1\n[a.b]\n  y = 2',
      path: ['a', 'b', 'y'],
      value: [3, 7],
      key: [3, 3],
    },
    { name: 'a table that no header opens', text: '[a.b]', path: ['a'], value: [1, 2], key: [1, 2] },
    { name: 'a table opened after its part', text: '[a.b]\n[a]', path: ['a'], value: [2, 1], key: [2, 2] },
    { name: 'a table array', text: '[[a]]\n[[a]]', path: ['a'], value: [1, 1], key: [1, 3] },
    {
      name: 'an element of a table array',
      text: '[[a]]\n[[ a ]]',
      path: ['a', 1],
      value: [2, 1],
      key: [2, 4],
    },
    {
      name: 'a key in a table array',
      text: '[[a]]\nb = 1\n[[a]]\nb = 2',
      path: ['a', 1, 'b'],
      value: [4, 5],
    },
    {
      name: 'a table in the last element',
      text: '[[a]]\n[[a]]\n[a.b]\nc = 1',
      path: ['a', 1, 'b', 'c'],
      value: [4, 5],
    },
    {
      name: 'a table array in one',
      text: '[[a]]\n[[a.b]]\n[[a.b]]\nc=1',
      path: ['a', 0, 'b', 1, 'c'],
      value: [4, 3],
    },
    {
      name: 'a line that ends in CR LF',
      text: 'a = 1\r\n\r\nb = [\r\n2]\r\n',
      path: ['b', 0],
      value: [4, 1],
    },
    { name: 'a line after a byte order mark', text: '\ufeffa = 1', path: ['a'], value: [1, 5], key: [1, 1] },
    { name: 'UTF-16 code units', text: 'a = ["é", "😀", 1]', path: ['a', 2], value: [1, 17] },
  ])('finds $name', ({ text, path, value, key }) => {
    parse(text);
    const positions = tomlPositions(text);
    expect(positions.value(path)).toEqual({ line: value[0], column: value[1] });
    if (key !== undefined) expect(positions.key(path)).toEqual({ line: key[0], column: key[1] });
  });

  test.each<{ name: string; path: TomlPath }>([
    { name: 'a key that is not there', path: ['b'] },
    { name: 'a key in a value that is no table', path: ['a', 0, 'b'] },
    { name: 'an element past the end', path: ['a', 1] },
    { name: 'a number for a key', path: ['t', 0] },
    { name: 'a key for an index', path: ['a', '0'] },
  ])('has no position for $name', ({ path }) => {
    expect(tomlPositions('a = [1]\nt = { 0 = 1 }').value(path)).toBeUndefined();
  });

  test('has no key for an element of an inline array', () => {
    expect(tomlPositions('a = [1]').key(['a', 0])).toBeUndefined();
  });

  test.each([
    { name: 'elements', text: `a = [${'1,'.repeat(500_000)}]` },
    { name: 'keys', text: Array.from({ length: 100_000 }, (_, index) => `key${index}.a = 1\n`).join('') },
    { name: 'tables', text: '[[a]]\nb = 1\n'.repeat(100_000) },
    { name: 'comments', text: '#\n'.repeat(500_000) },
    { name: 'escapes', text: `a = "${'\\\\'.repeat(500_000)}"` },
    { name: 'quotes', text: `a = """${'""x'.repeat(500_000)}"""` },
    { name: 'open brackets', text: `a = ${'['.repeat(500_000)}` },
  ])(
    'takes linear time over many $name',
    ({ text }) => {
      tomlPositions(text);
    },
    5_000,
  );
});

const oneOf = fc.constantFrom;
const blank = oneOf('', '', ' ', '\t ');
const space = oneOf('', ' ', '\n', '\r\n  ', ' # ] } " \n', '\n# a = 1\n\t');
// Few names, so that headers meet the same tables again.
const bareName = fc.oneof(oneOf('a', 'b'), oneOf('a', 'b'), oneOf('1', '-_'));
const plainText = fc.string({ unit: oneOf(...'ab #,=[]{}.é😀'), maxLength: 5 });
const escapeSequence = oneOf('\\"', '\\\\', '\\n', '\\t', '\\e', '\\x41', '\\u00e9', '\\U0001F600');
const escaped = fc
  .array(fc.oneof(plainText, escapeSequence, oneOf("'")), { maxLength: 4 })
  .map((list) => list.join(''));
const literal = fc
  .array(fc.oneof(plainText, oneOf('\\', '"')), { maxLength: 4 })
  .map((list) => list.join(''));
const lines = (part: fc.Arbitrary<string>, quotes: readonly string[]) =>
  fc.array(fc.oneof(part, oneOf('\n', '\r\n', ...quotes)), { maxLength: 5 }).map((list) => list.join(''));
const string = fc.oneof(
  escaped.map((text) => `"${text}"`),
  literal.map((text) => `'${text}'`),
  lines(escaped, ['\\\n  ', '"x', '""x']).map((text) => `"""${text}"""`),
  fc.tuple(lines(literal, ["'x", "''x"]), oneOf('', "'", "''")).map(([text, end]) => `'''${text}${end}'''`),
);
const bare = oneOf(
  ...['0', '-17', '1_000', '0xdead_beef', '0o17', '0b1', '1.5', '-2e3', 'inf', '-nan', 'true', 'false'],
  ...['1979-05-27', '07:32:00.5', '1979-05-27T07:32:00Z', '1979-05-27 07:32', '1979-05-27 07:32:00-07:00'],
);
const name = fc.oneof(
  bareName,
  bareName,
  escaped.map((text) => `"${text}"`),
  literal.map((text) => `'${text}'`),
);
const key = fc
  .array(fc.tuple(name, blank, blank), { minLength: 1, maxLength: 3 })
  .map((list) => list.map(([text, before, after]) => before + text + after).join('.'));

function sequence(open: string, close: string, item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const items = fc.array(fc.tuple(space, item, space), { maxLength: 3 });
  return fc.tuple(items, fc.boolean(), space).map(([list, trailing, end]) => {
    const body = list.map((parts) => parts.join('')).join(',');
    return `${open}${body}${trailing && list.length > 0 ? ',' : ''}${end}${close}`;
  });
}

const { value } = fc.letrec<{ value: string; pair: string }>((tie) => ({
  pair: fc.tuple(key, blank, tie('value')).map(([left, gap, right]) => `${left}=${gap}${right}`),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    string,
    bare,
    sequence('[', ']', tie('value')),
    sequence('{', '}', tie('pair')),
  ),
}));
const statement = fc.oneof(
  fc.tuple(key, blank, value, blank, oneOf('', '# [x]')).map(([left, gap, right, end, comment]) => {
    return `${left}=${gap}${right}${end}${comment}`;
  }),
  key.map((text) => `[${text}]`),
  key.map((text) => `[[${text}]]`),
  oneOf('', ' ', '# a = "'),
);
const document = fc
  .tuple(oneOf('', '\ufeff'), fc.array(statement, { maxLength: 8 }), oneOf('\n', '\r\n'))
  .map(([mark, list, end]) => `${mark}${accepted(mark, list, end).join(end)}${end}`);

/** The statements without those that clash with an earlier one. */
function accepted(mark: string, statements: readonly string[], lineEnd: string): readonly string[] {
  const kept: string[] = [];
  for (const text of statements) {
    if (isAccepted(`${mark}${[...kept, text].join(lineEnd)}${lineEnd}`)) kept.push(text);
  }
  return kept;
}

function isAccepted(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Every value of a document with its path, tables and arrays before what they hold. */
function entries(value: unknown, path: TomlPath): readonly (readonly [TomlPath, unknown])[] {
  const isContainer = typeof value === 'object' && value !== null && !(value instanceof Date);
  if (!isContainer) return [[path, value]];
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[path, value], ...children.flatMap(([step, child]) => entries(child, [...path, step]))];
}

/** Parses the value that a text begins with. It ends before one of these characters, or is not whole yet. */
function leadingValue(text: string): unknown {
  for (const { index } of text.matchAll(/[,\]}#\n]|$/g)) {
    const literal = `v = ${text.slice(0, index).replace(/\r$/, '')}`;
    if (isAccepted(literal)) return parse(literal).v;
  }
  throw new Error(`no value begins ${JSON.stringify(text)}`);
}

function checkPositions(text: string): void {
  const positions = tomlPositions(text);
  for (const [path, value] of entries(parse(text), [])) {
    const last = path.at(-1);
    if (last === undefined) continue;
    const rest = from(text, positions.value(path));
    if (typeof value !== 'object' || value instanceof Date) expect(leadingValue(rest)).toEqual(value);
    else if (Array.isArray(value)) expect(rest).toMatch(/^\[/);
    else if (!/^[[{]/.test(rest)) expect(positions.value(path)).toEqual(positions.key(path));
    if (typeof last === 'string') {
      const written = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)/.exec(from(text, positions.key(path)))?.[0];
      expect(Object.keys(parse(`${written} = 1`))).toEqual([last]);
    }
  }
}

describe('for generated documents', () => {
  test('what stands at the position of a value is that value, and of a key that key', () => {
    fc.assert(fc.property(document, checkPositions), { numRuns: 500 });
  });

  test('a changed document that is still accepted keeps every position right', () => {
    const noise = oneOf(
      '',
      '"',
      "'",
      '#',
      '[',
      ']',
      '{',
      '}',
      ',',
      '.',
      '=',
      '\\',
      ' ',
      '\n',
      '\r\n',
      'a',
      '1',
    );
    const changed = fc.tuple(document, fc.nat(), fc.nat(2), noise).map(([text, place, removed, added]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + added + text.slice(at + removed);
    });
    fc.assert(
      fc.property(changed, (text) => {
        if (isAccepted(text)) checkPositions(text);
      }),
      { numRuns: 1000 },
    );
  });
});
