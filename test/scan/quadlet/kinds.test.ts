import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kindOf, kinds, quadletKinds } from '../../../src/scan/quadlet/kinds.js';

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

/**
 * The table once more, row by row. The extensions and the order are those of podman pkg/systemd/quadlet,
 * `SupportedExtensions`; the suffixes and the sections stand in its quadlet.go, `getServiceName` and the groups.
 */
const table = [
  ['.image', 'Image', '-image', 1, 'where started', true],
  ['.container', 'Container', '', 4, 'always', true],
  ['.volume', 'Volume', '-volume', 2, 'where started', false],
  ['.kube', 'Kube', '', 4, 'always', false],
  ['.pod', 'Pod', '-pod', 5, 'not itself', false],
  ['.artifact', 'Artifact', '-artifact', 1, 'where started', false],
  ['.network', 'Network', '-network', 2, 'not itself', false],
  ['.build', 'Build', '-build', 3, 'not itself', false],
] as const;

test.each(table)('what is asked of a %s is as podman has it', (...row) => {
  const kind = kindOf(`a${row[0]}`);
  const { extension, section, suffix, order, needsImage, isBootcs } = kind ?? {};
  expect([extension, section, suffix, order, needsImage, isBootcs]).toEqual(row);
});

test('no kind is left out of that', () => {
  expect([...quadletKinds.keys()].sort()).toEqual(table.map(([extension]) => extension).sort());
});

test.each(['image', 'a.image~', 'a.Image', 'a.image.d', 'a.conf', ''])('“%s” is no unit', (name) => {
  expect(kindOf(name)).toBeUndefined();
});
