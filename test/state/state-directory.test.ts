import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateDirectory } from '../../src/state/state-directory.js';
import { makeDirectory } from '../../src/tools/files/directories.js';
import { makeTree, symlink } from '../support/tree.js';

const user = { uid: 1000, home: '/home/ada', stateHome: undefined };

test.each([
  {
    name: 'of root is below /var/lib',
    given: undefined,
    user: { ...user, uid: 0 },
    path: '/var/lib/bound-images',
  },
  {
    name: 'of root does not follow XDG_STATE_HOME',
    given: undefined,
    user: { ...user, uid: 0, stateHome: '/x' },
    path: '/var/lib/bound-images',
  },
  { name: 'of a user is in the home', given: undefined, user, path: '/home/ada/.local/state/bound-images' },
  {
    name: 'of a user follows XDG_STATE_HOME',
    given: undefined,
    user: { ...user, stateHome: '/data/state' },
    path: '/data/state/bound-images',
  },
  {
    name: 'of a user ignores an XDG_STATE_HOME that is relative',
    given: undefined,
    user: { ...user, stateHome: 'state' },
    path: '/home/ada/.local/state/bound-images',
  },
  {
    name: 'of a user ignores an XDG_STATE_HOME that is empty',
    given: undefined,
    user: { ...user, stateHome: '' },
    path: '/home/ada/.local/state/bound-images',
  },
  { name: 'that is named is taken for all', given: '/srv/state/', user, path: '/srv/state' },
  { name: 'that is named may be relative', given: 'state', user, path: join(process.cwd(), 'state') },
])('the directory $name', ({ given, user, path }) => {
  expect(stateDirectory(given, user)).toBe(path);
});

test('makes a directory and its parents for this user only', () => {
  const top = makeTree({});
  const path = join(top, 'a/b');
  makeDirectory(path);
  makeDirectory(path);
  expect([path, join(top, 'a')].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
  expect(statSync(top).mode & 0o777).toBe(0o755);
});

test.each([
  { name: 'a file in its place', path: 'file', code: 'EEXIST' },
  { name: 'a file above it', path: 'file/a', code: 'ENOTDIR' },
  { name: 'a link to nothing above it', path: 'link/a', code: 'ENOENT' },
])('makes no directory with $name', ({ path, code }) => {
  const top = makeTree({ file: '', link: symlink('nowhere') });
  expect(() => makeDirectory(join(top, path))).toThrow(expect.objectContaining({ code }));
});

test('takes a link to a directory for one', () => {
  const top = makeTree({ 'there/x': '', link: symlink('there') });
  makeDirectory(join(top, 'link/a'));
  expect(statSync(join(top, 'there/a')).isDirectory()).toBe(true);
});
