import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonNode, memberOf, parseJsonTree } from '../../src/text/json-tree.js';

/** The value without its positions, as JSON.parse gives it; numbers and booleans by their kind. */
function plainOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ name, value }) => [name, plainOf(value)]));
    case 'array':
      return node.items.map(plainOf);
    case 'string':
      return node.value;
    default:
      return node.kind;
  }
}

function parsed(text: string): JsonNode {
  const tree = parseJsonTree(text);
  if (!tree.ok) throw new Error(tree.problem);
  return tree.root;
}

describe('parseJsonTree', () => {
  test('says where names and values begin', () => {
    const text = '{ "a" :\n [ 1, "x\\"", { "b": null } ] }';
    const a = memberOf(parsed(text), 'a');
    expect(text.slice(a?.offset)).toMatch(/^"a" :/);
    expect(text.slice(a?.value.offset)).toMatch(/^\[ 1/);
    const items = a?.value.kind === 'array' ? a.value.items : [];
    expect(items.map(({ offset }) => text[offset])).toEqual(['1', '"', '{']);
  });

  test('keeps a name that stands twice, and takes the last', () => {
    const root = parsed('{"a":"x","a":"y"}');
    expect(root.kind === 'object' && root.members.length).toBe(2);
    expect(memberOf(root, 'a')?.value).toEqual({ kind: 'string', value: 'y', offset: 13 });
  });

  test.each([
    ['', 0, 'it ends in the middle'],
    ['{"a":1', 6, 'it ends in the middle'],
    ['{"a" 1}', 5, 'a “:” is missing here'],
    ['{"a":1 "b":2}', 7, 'a “,” or “}” is missing here'],
    ['[1 2]', 3, 'a “,” or “]” is missing here'],
    ['[1,]', 3, 'nothing follows the “,” before'],
    ['{"a":1,}', 7, 'nothing follows the “,” before'],
    ['{a:1}', 1, 'a name in double quotes is missing here'],
    ['["x]', 1, 'this string is not closed, or holds a character that JSON does not allow'],
    ['["\t"]', 1, 'this string is not closed, or holds a character that JSON does not allow'],
    ['[1] 2', 4, 'there is more text behind the end'],
    ['[01]', 2, 'a “,” or “]” is missing here'],
    ['// x', 0, 'comments are not allowed in JSON'],
    ['{ /* x */ }', 2, 'comments are not allowed in JSON'],
    ['[1 # x\n]', 3, 'comments are not allowed in JSON'],
    ["'x'", 0, 'this is not JSON: strings need double quotes'],
    ['[NaN]', 1, 'this is not JSON: strings need double quotes'],
    ['['.repeat(100_000), 101, 'it is nested too deeply'],
    ['\ufeff{}', 1, 'it begins with a byte order mark'],
  ])('finds the mistake in %j', (text, offset, problem) => {
    expect(parseJsonTree(text)).toEqual({ ok: false, offset, problem });
  });

  test('reads what JSON.parse reads, to the same values', () => {
    const withKinds = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(withKinds);
      if (value === null) return 'null';
      if (typeof value !== 'object') return typeof value === 'string' ? value : typeof value;
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withKinds(item)]));
    };
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat({ max: 3 }), (value, indent) => {
        // An own __proto__ does not survive Object.fromEntries and literals alike.
        const text = JSON.stringify(value, null, indent).replaceAll('__proto__', 'proto');
        expect(plainOf(parsed(text))).toEqual(withKinds(JSON.parse(text)));
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const words = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '1e5',
      '0.',
      'true',
      'null',
      ' ',
      '\\',
      '\n',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(parseJsonTree(text).ok).toBe(isJson);
      }),
      { numRuns: 5000 },
    );
  });
});
