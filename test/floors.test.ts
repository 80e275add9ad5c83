import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The house of ARCHITECTURE.md, the ground first: what stands on a floor imports from it and from those below. */
const floors: readonly (readonly string[])[] = [
  ['text', 'diagnostic', 'model'],
  ['root', 'tools'],
  ['archive', 'layers', 'payloads', 'scan', 'resolve', 'registries', 'state', 'plan', 'pull', 'check', 'fix'],
  ['operations'],
  ['ports'],
  ['cli', 'index.ts'],
];

const imported = /\b(?:from|import\s*\(|import)\s*'(\.[^']+)\.js'/g;

/** The files, without their extensions, that a text imports. */
function importedBy(text: string): readonly string[] {
  return [...text.matchAll(imported)].map(([, name = '']) => name);
}

/** Each file below src/, with those that it imports, types included. */
const imports = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const names = importedBy(readFileSync(join('src', path), 'utf8'));
      return [path, names.map((name) => normalize(join(dirname(path), `${name}.ts`)))] as const;
    }),
);

function floorOf(path: string): number {
  const [room = ''] = path.split('/');
  return floors.findIndex((rooms) => rooms.includes(room));
}

test.each([
  "import './x.js';",
  "import { x } from './x.js';",
  "import type { X } from './x.js';",
  "export * from './x.js';",
  "const { x } = await import('./x.js');",
  "let x: import('./x.js').X;",
])('a file is imported by “%s”', (text) => {
  expect(importedBy(text)).toEqual(['./x']);
});

test('every file stands on a floor', () => {
  expect([...imports.keys()].filter((path) => floorOf(path) === -1)).toEqual([]);
});

test('nothing is imported from a floor above', () => {
  const upward = [...imports].flatMap(([path, targets]) =>
    targets.filter((target) => floorOf(target) > floorOf(path)).map((target) => `${path} imports ${target}`),
  );
  expect(upward).toEqual([]);
});

test('no file imports itself, through whichever others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) circles.push([...trail.slice(at), path].join(' → '));
    if (at !== -1 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  expect(circles).toEqual([]);
});
