import { chmodSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BoundImagesError } from '../../src/error.js';
import type { ChangedFile } from '../../src/fix/plan-fixes.js';
import { replaceFiles } from '../../src/fix/replace-files.js';
import type { HostPath } from '../../src/root/path.js';
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
  replaceFiles(changes(root, 'a/x', 'b/y'));
  expect(readFileSync(join(root, 'a/x'), 'utf8')).toBe('new');
  expect(statSync(join(root, 'a/x')).mode & 0o7777).toBe(0o4640);
  expect(statSync(join(root, 'b/y')).mode & 0o7777).toBe(0o600);
  expect([readdirSync(join(root, 'a')), readdirSync(join(root, 'b'))]).toEqual([['x'], ['y']]);
});

test.runIf(process.getuid?.() === 0)('files keep their owner', () => {
  const root = makeTree({ x: file('old', { uid: 1234, gid: 5678 }) });
  replaceFiles(changes(root, 'x'));
  expect(statSync(join(root, 'x'))).toMatchObject({ uid: 1234, gid: 5678 });
});

test('no file is changed when one is not what was read', () => {
  const root = makeTree({ x: 'old', y: 'edited' });
  expect(errorOf(() => replaceFiles(changes(root, 'x', 'y')))).toMatchObject({
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
  expect(errorOf(() => replaceFiles([x, y]))).toMatchObject({
    code: 'usage',
    message: `${root}/b/y cannot be changed: no such file or directory (ENOENT)`,
  });
  expect(readFileSync(x.hostPath, 'utf8')).toBe('old');
  expect(readdirSync(join(root, 'a'))).toEqual(['x']);
});
