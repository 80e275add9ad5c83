import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import type { Position } from '../../src/text/position.js';
import { type TomlPath, tomlPositions } from '../../src/text/toml-positions.js';
import { expectLinear } from '../support/expect-linear.js';

test.each([
  { name: 'elements', of: (count: number) => `a = [${'1,'.repeat(count)}]` },
  {
    name: 'keys',
    of: (count: number) => Array.from({ length: count }, (_, at) => `key${at}.a = 1\n`).join(''),
  },
  { name: 'tables', of: (count: number) => '[[a]]\nb = 1\n'.repeat(count) },
  { name: 'comments', of: (count: number) => '#\n'.repeat(count) },
  { name: 'escapes', of: (count: number) => `a = "${'\\\\'.repeat(count)}"` },
  { name: 'quotes', of: (count: number) => `a = """${'""x'.repeat(count)}"""` },
  { name: 'open brackets', of: (count: number) => `a = ${'['.repeat(count)}` },
])('tomlPositions takes linear time over many $name', ({ of }) => {
  const read = (count: number) => {
    const text = of(count);
    return () => tomlPositions(text);
  };
  expectLinear(2_000, read);
});

/** The text from a position on. */
function from(text: string, position: Position | undefined): string {
  if (position === undefined) throw new Error(`no position in ${JSON.stringify(text)}`);
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return [lines[position.line - 1]?.slice(position.column - 1), ...lines.slice(position.line)].join('\n');
}

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
