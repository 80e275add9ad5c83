import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kindOf, kinds } from '../../../src/scan/quadlet/kinds.js';

const names = Object.keys(kinds).join('|');

const comment = /\/\*.*?\*\/|\/\/[^\n]*/gs;

/** An extension in quotes, or in a pattern: what asks by kind, and not a sentence that shows one. */
const literal = new RegExp(`['"\`]\\.(?:${names})['"\`]|\\\\\\.(?:\\(\\?:)?(?:\\w+\\|)*(?:${names})\\b`);

test('the extensions of quadlets stand in one table', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const naming = files.filter((path) =>
    literal.test(readFileSync(`src/${path}`, 'utf8').replaceAll(comment, '')),
  );
  expect(naming).toEqual(['scan/quadlet/kinds.ts']);
});

test.each(Object.entries(kinds))('a %s is found by its extension', (name, kind) => {
  // What `isNameOf` and all that names a kind by it take for granted.
  expect(kind.extension).toBe(`.${name}`);
  expect(kindOf(`/usr/share/containers/systemd/a.b${kind.extension}`)).toBe(kind);
  expect(kindOf(kind.extension)).toBe(kind);
});

test.each(['image', 'a.image~', 'a.Image', 'a.image.d', 'a.conf', ''])('“%s” is no unit', (name) => {
  expect(kindOf(name)).toBeUndefined();
});
