import { expect, test } from 'vitest';
import { rootPath } from '../../src/model/path.js';
import { openRoots } from '../../src/root/open-roots.js';
import { makeTree, symlink } from '../support/tree.js';

test('opens the new root with the next /etc, and the current root as it is', () => {
  const root = makeTree({ 'usr/etc/f': 'new' });
  const currentRoot = makeTree({ 'usr/etc/g': '', 'etc/f': 'mine' });
  const opened = openRoots({ root, currentRoot });
  if (!opened.ok) throw new Error(opened.problem.kind);
  expect(opened.newRoot).toMatchObject({ name: 'new', hostPath: root });
  expect(opened.current).toMatchObject({ name: 'current', hostPath: currentRoot });
  expect(opened.newRoot.resolve(rootPath('/etc/f'))).toMatchObject({ hostPath: `${currentRoot}/etc/f` });
  expect(opened.current.resolve(rootPath('/etc/g'))).toMatchObject({ kind: 'missing' });
});

test('follows links to a root', () => {
  const top = makeTree({ 'deploy/f': '', staged: symlink('deploy') });
  expect(openRoots({ root: `${top}/staged/`, currentRoot: '/' })).toMatchObject({
    ok: true,
    newRoot: { hostPath: `${top}/deploy` },
    current: { hostPath: '/' },
  });
});

test('opens one directory as both roots', () => {
  const root = makeTree({ 'etc/f': 'x' });
  const opened = openRoots({ root, currentRoot: root });
  if (!opened.ok) throw new Error(opened.problem.kind);
  expect(opened.newRoot.resolve(rootPath('/etc/f'))).toEqual(opened.current.resolve(rootPath('/etc/f')));
});

const top = makeTree({ file: '', 'good/f': '', loop: symlink('loop') });

test.each([
  { name: 'missing', root: `${top}/none`, kind: 'missing' },
  { name: 'an empty name', root: '', kind: 'missing' },
  { name: 'a file', root: `${top}/file`, kind: 'not-a-directory' },
  { name: 'below a file', root: `${top}/file/x`, kind: 'not-a-directory' },
  {
    name: 'a loop',
    root: `${top}/loop`,
    kind: 'unreadable',
    reason: 'too many symbolic links encountered (ELOOP)',
  },
])('says which option names a root that is $name', ({ root: path, name: _, ...problem }) => {
  const good = `${top}/good`;
  expect(openRoots({ root: path, currentRoot: good })).toEqual({
    ok: false,
    problem: { option: 'root', path, ...problem },
  });
  expect(openRoots({ root: good, currentRoot: path })).toEqual({
    ok: false,
    problem: { option: 'currentRoot', path, ...problem },
  });
});
