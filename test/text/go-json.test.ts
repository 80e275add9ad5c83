import { expect, test } from 'vitest';
import { goFields, goMap, goString } from '../../src/text/go-json.js';
import { parseFirstJsonTree, parseJsonTree } from '../../src/text/json-tree.js';

function fieldOf(text: string): string | undefined {
  const tree = parseJsonTree(text);
  if (!tree.ok) return 'no JSON';
  const fields = goFields(tree.root, ['tokens']);
  return fields && goString(fields.tokens);
}

test.each([
  ['{"tokens": "a"}', 'a'],
  ['{"TOKENS": "a"}', 'a'],
  ['{"TO\\u212aEN\\u017f": "a"}', 'a'],
  ['{"t\\u00f6kens": "a"}', ''],
  ['{"tokens": "a", "Tokens": "b"}', 'b'],
  ['{"tokens": "a", "Tokens": null}', 'a'],
  ['{"tokens": 1, "Tokens": "b"}', undefined],
  ['{"tokens": ["a"]}', undefined],
  ['{"other": 1e999}', ''],
  ['{"tokens": "\\ud800x"}', '\ufffdx'],
  ['null', ''],
  ['[]', undefined],
  ['"tokens"', undefined],
  ['{"tokens": "a"} x', 'no JSON'],
  ['{"tokens": "a"}\0', 'no JSON'],
  ['{"tokens": "a\0"}', 'no JSON'],
  ['{"other": 01}', 'no JSON'],
  ['{"other": +1}', 'no JSON'],
])('Go reads the field of %s as %s', (text, expected) => {
  expect(fieldOf(text)).toBe(expected);
});

function mapOf(...texts: readonly string[]): object | undefined {
  const nodes = texts.map((text) => {
    const tree = parseJsonTree(text);
    if (!tree.ok) throw new Error(tree.problem);
    return tree.root;
  });
  const map = goMap(nodes, (node) => goString([node]));
  return map && Object.fromEntries(map);
}

test.each<[readonly string[], object | undefined]>([
  [['{"a": "1"}', '{"b": "2"}'], { a: '1', b: '2' }],
  [['{"a": "1"}', '{"a": null}'], { a: '' }],
  [['{"a": "1"}', 'null', '{"b": "2"}'], { b: '2' }],
  [['{"a": "1", "A": "2"}'], { a: '1', A: '2' }],
  [['{"a": 1, "a": "2"}'], undefined],
  [['{"a": "1"}', '[]'], undefined],
])('Go stores %j in a map as %j', (texts, expected) => {
  expect(mapOf(...texts)).toEqual(expected);
});

test('a decoder of Go reads the first value, whatever follows', () => {
  expect(parseFirstJsonTree('{"a": 1} and more')).toMatchObject({ ok: true, root: { kind: 'object' } });
  expect(parseFirstJsonTree('{"a": 1')).toMatchObject({ ok: false });
});
