import { expect, test } from 'vitest';
import { rootPath } from '../../src/model/path.js';
import { rootOf } from '../../src/resolve/find-in-roots.js';
import { openRoots } from '../../src/root/open-roots.js';
import { makeTree } from '../support/tree.js';

const image = 'quay.io/example/os:1';

function open() {
  const root = makeTree({ 'etc/a': 'a', 'usr/etc/a': 'default', 'usr/etc/b': 'b' });
  const opened = openRoots({ root, currentRoot: null, image });
  if (!opened.ok) throw new Error(opened.problem.kind);
  return { ...opened, root };
}

test('without a current root the new one has the /etc of its image', () => {
  const { newRoot } = open();
  const read = (path: string) => newRoot.readFile(rootPath(path), { limitBytes: 100 });
  expect(read('/etc/a')).toMatchObject({ ok: true, bytes: Buffer.from('a') });
  expect(read('/etc/b')).toMatchObject({ ok: true, bytes: Buffer.from('b') });
});

test('without a current root there is no file to fall back to', () => {
  const { current } = open();
  expect(current.resolve(rootPath('/')).kind).toBe('directory');
  expect(current.readDirectory(rootPath('/'))).toMatchObject({ ok: true, names: [] });
  for (const path of ['/etc', '/etc/passwd', '/run/ostree/auth.json']) {
    expect(current.resolve(rootPath(path)).kind).toBe('missing');
    expect(current.readFile(rootPath(path), { limitBytes: 1 })).toMatchObject({ ok: false });
  }
});

test('a root is called by its image, or else by its directory; one that is not there by nothing', () => {
  const { newRoot, current, root } = open();
  expect([newRoot.label, current.label]).toEqual([image, null]);
  const both = openRoots({ root, currentRoot: root });
  expect(both.ok && [both.newRoot.label, both.current.label]).toEqual([root, root]);
});

test('without a current root every file is of the new one', () => {
  const opened = open();
  expect(rootOf(opened, opened.newRoot.resolve(rootPath('/etc/a')).hostPath)).toBe('new');
});
