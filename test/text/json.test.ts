import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersIn, parseJson, readJson } from '../../src/text/json.js';
import { list, object, text } from '../../src/text/shape.js';

test('takes what JSON.parse takes, and gives the same', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (candidate) => {
      let value: unknown;
      try {
        value = JSON.parse(candidate);
      } catch {
        expect(parseJson(candidate).ok).toBe(false);
        return;
      }
      expect(parseJson(candidate)).toEqual({ ok: true, value });
    }),
  );
});

test.each([
  { json: '', problem: 'it ends in the middle', line: 1, column: 1 },
  {
    json: '{\n  "a": secret\n}',
    problem: 'this is not JSON: strings need double quotes',
    line: 2,
    column: 8,
  },
  { json: '{"a": "secret\n"}', problem: 'this string is not closed, or holds', line: 1, column: 7 },
  { json: '{"a": 1} secret', problem: 'there is more text behind the end', line: 1, column: 10 },
  { json: '\ufeff{}', problem: 'it begins with a byte order mark', line: 1, column: 1 },
])(
  'says what is wrong with $json, and where, and quotes nothing of it',
  ({ json, problem, line, column }) => {
    const parsed = parseJson(json);
    expect(parsed).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
      place: { line, column },
    });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  },
);

const shape = object({ images: list(object({ digest: text })) });

test.each([
  { json: '{"images": [{"digest": "x", "later": 1}]}', read: { value: { images: [{ digest: 'x' }] } } },
  { json: '{"images": [{"digest": "x"}, {}]}', read: { problem: 'images[1].digest is not text' } },
  { json: '{"images": ', read: { problem: 'it is not JSON (line 1, column 12: it ends in the middle)' } },
])('reads $json as a shape', ({ json, read }) => {
  expect(readJson(shape, json)).toMatchObject(read);
});

test('finds every member, however deep', () => {
  const value = { a: [{ b: 1 }, [{ c: { d: null } }]], e: 'x' };
  const names = [...membersIn(value)].map(([name]) => name).sort();
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  const deep = JSON.parse(`${'['.repeat(100_000)}{"x":1}${']'.repeat(100_000)}`);
  expect([...membersIn(deep)]).toEqual([['x', 1]]);
});
