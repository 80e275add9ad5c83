import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { type TomlPath, tomlPositions } from '../../src/text/toml-positions.js';

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
});
