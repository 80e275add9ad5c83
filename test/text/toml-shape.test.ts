import { expect, test } from 'vitest';
import { parseToml } from '../../src/text/toml.js';
import { type TableShape, tableReader, wrongTypes } from '../../src/text/toml-shape.js';

const shape = {
  name: 'string',
  flag: 'boolean',
  list: 'strings',
  more: 'appendable',
  names: 'table of strings',
  part: { deep: { value: 'string' } },
  row: [{ id: 'string', sub: [{ id: 'string' }] }],
} as const satisfies TableShape;

function table(text: string) {
  const parsed = parseToml(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.table;
}

test('what has the right types is read, keys in any case', () => {
  const read = table(`
    NAME = "n"
    flag = true
    list = ["a", "b"]
    more = ["a", { append = true }]
    names = { x = "y" }
    unknown = 1
    part.Deep.value = "v"
    [[Row]]
    id = "1"
    [[Row]]
    id = "2"
    [[Row.sub]]
    ID = "3"
  `);
  expect(wrongTypes(read, shape)).toEqual([]);
  const top = tableReader(read, shape);
  expect([top.get('name'), top.get('flag'), top.get('list')]).toEqual(['n', true, ['a', 'b']]);
  expect([top.get('more'), top.get('names')]).toEqual([['a', { append: true }], { x: 'y' }]);
  expect(top.get('part')?.get('deep')?.get('value')).toBe('v');
  const subs = top.get('row')?.flatMap((row) => row.get('sub') ?? []) ?? [];
  expect(subs.map((sub) => [sub.get('id'), sub.path, sub.pathOf('id')])).toEqual([
    ['3', ['Row', 1, 'sub', 0], ['Row', 1, 'sub', 0, 'ID']],
  ]);
});

test('the exact key counts before one that differs in case, and what is absent is undefined', () => {
  const top = tableReader(table('NAME = "other"\nname = "own"\n'), shape);
  expect([top.get('name'), top.pathOf('name')]).toEqual(['own', ['name']]);
  expect([top.get('part'), top.pathOf('part')]).toEqual([undefined, ['part']]);
});

test.each([
  ['name = 1', ['name'], 'a string', 'a number'],
  ['flag = "true"', ['flag'], 'true or false', 'a string'],
  ['list = "a"', ['list'], 'an array of strings', 'a string'],
  ['list = ["a", 1]', ['list', 1], 'a string', 'a number'],
  ['list = [{ append = true }]', ['list', 0], 'a string', 'a table'],
  ['more = [{ append = 1 }]', ['more', 0], 'a string', 'a table'],
  ['names = ["a"]', ['names'], 'a table', 'an array'],
  ['names = { x = 1979-05-27 }', ['names', 'x'], 'a string', 'a date'],
  ['part.deep = []', ['part', 'deep'], 'a table', 'an array'],
  ['[row]', ['row'], 'an array of tables, written [[…]]', 'a table'],
  ['[[row]]\n[[row]]\nsub = [{ id = 1 }]', ['row', 1, 'sub', 0, 'id'], 'a string', 'a number'],
])('%j is of the wrong type', (text, path, expected, actual) => {
  expect(wrongTypes(table(text), shape)).toEqual([{ path, expected, actual }]);
});
