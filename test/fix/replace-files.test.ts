import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ChangedFile } from '../../src/fix/plan-fixes.js';
import { replaceFiles } from '../../src/fix/replace-files.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { HostPath } from '../../src/model/path.js';
import { file, makeTree } from '../support/tree.js';

function changes(root: HostPath, ...names: readonly string[]): readonly ChangedFile[] {
  return names.map((name) => ({
    name,
    hostPath: join(root, name) as HostPath,
    bytes: Buffer.from('old'),
    after: Buffer.from('new'),
    secretLines: new Set(),
  }));
}

function errorOf(action: () => void): BoundImagesError {
  try {
    action();
  } catch (error) {
    if (error instanceof BoundImagesError) return error;
  }
  throw new Error('there is no such error');
}

test('files keep their mode, and nothing else is left beside them', () => {
  const root = makeTree({ 'a/x': file('old', { mode: 0o4640 }), 'b/y': file('old', { mode: 0o600 }) });
  replaceFiles(root, changes(root, 'a/x', 'b/y'));
  expect(readFileSync(join(root, 'a/x'), 'utf8')).toBe('new');
  expect(statSync(join(root, 'a/x')).mode & 0o7777).toBe(0o4640);
  expect(statSync(join(root, 'b/y')).mode & 0o7777).toBe(0o600);
  expect([readdirSync(join(root, 'a')), readdirSync(join(root, 'b'))]).toEqual([['x'], ['y']]);
});

test.runIf(process.getuid?.() === 0)('files keep their owner', () => {
  const root = makeTree({ x: file('old', { uid: 1234, gid: 5678 }) });
  replaceFiles(root, changes(root, 'x'));
  expect(statSync(join(root, 'x'))).toMatchObject({ uid: 1234, gid: 5678 });
});

test('no file is changed when one is not what was read', () => {
  const root = makeTree({ x: 'old', y: 'edited' });
  expect(errorOf(() => replaceFiles(root, changes(root, 'x', 'y')))).toMatchObject({
    code: 'busy',
    message: `${root}/y has changed while it was being fixed`,
  });
  expect(readFileSync(join(root, 'x'), 'utf8')).toBe('old');
  expect(readdirSync(root).sort()).toEqual(['x', 'y']);
});

test('no file is changed when one cannot be written', () => {
  const root = makeTree({ 'a/x': 'old', 'b/y': 'old' });
  const [x, y] = changes(root, 'a/x', 'b/y');
  if (x === undefined || y === undefined) throw new Error('two files');
  rmSync(y.hostPath);
  chmodSync(join(root, 'b'), 0o555);
  expect(errorOf(() => replaceFiles(root, [x, y]))).toMatchObject({
    code: 'usage',
    message: `${root}/b/y cannot be changed: no such file or directory (ENOENT)`,
  });
  expect(readFileSync(x.hostPath, 'utf8')).toBe('old');
  expect(readdirSync(join(root, 'a'))).toEqual(['x']);
});

test.each(['a', 'a/b'])('nothing is written behind a link that took the place of %s', (name) => {
  const root = makeTree({ 'a/b/x': 'old', 'c/y': 'old' });
  const outside = makeTree({ 'a/b/x': 'old' });
  renameSync(join(root, name), join(root, 'moved'));
  symlinkSync(join(outside, name), join(root, name));
  expect(errorOf(() => replaceFiles(root, changes(root, 'c/y', 'a/b/x')))).toMatchObject({
    code: 'usage',
    message: `${root}/a/b/x cannot be changed: /${name} became a symbolic link while the root was read`,
  });
  expect(readFileSync(join(outside, 'a/b/x'), 'utf8')).toBe('old');
  expect(readdirSync(join(outside, 'a/b'))).toEqual(['x']);
  expect(readFileSync(join(root, 'c/y'), 'utf8')).toBe('old');
});

test('files in more directories than are open at the same time are all replaced', () => {
  const names = Array.from({ length: 50 }, (_, index) => `${index}/x`);
  const root = makeTree(Object.fromEntries(names.map((name) => [name, 'old'])));
  replaceFiles(root, changes(root, ...names));
  expect(names.map((name) => readFileSync(join(root, name), 'utf8'))).toEqual(names.map(() => 'new'));
});
