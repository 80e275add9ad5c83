import { expect, test } from 'vitest';
import { parseToml, typeName } from '../../src/text/toml.js';

test('a document has its values and, when asked, their positions', () => {
  const parsed = parseToml('\ufeffa = 1\nb = { c = 18446744073709551615 }\n');
  if (!parsed.ok) throw new Error(parsed.problem);
  expect(parsed.table).toEqual({ a: 1, b: { c: 18446744073709551615n } });
  expect(parsed.positions().value(['b', 'c'])).toEqual({ line: 2, column: 11 });
});

test('a mistake is said in a clause, with its place and nothing of the text', () => {
  const parsed = parseToml('a = 1\nb = "a secret\n');
  expect(parsed).toMatchObject({ ok: false, place: { line: 2 } });
  expect(parsed.ok ? '' : parsed.problem).toMatch(/^(?!.*secret)[^\n]+$/);
});

test.each([
  { value: [], name: 'an array' },
  { value: {}, name: 'a table' },
  { value: new Date(0), name: 'a date' },
  { value: true, name: 'true or false' },
  { value: 'x', name: 'a string' },
  { value: 1, name: 'a number' },
  { value: 1n, name: 'a number' },
])('a value is named: $name', ({ value, name }) => {
  expect(typeName(value)).toBe(name);
});
