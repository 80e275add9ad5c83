import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeDirectory } from '../../src/state/store-directory.js';
import { makeTree, symlink } from '../support/tree.js';

test.each([
  { name: 'with a slash at the end', path: 'store/' },
  { name: 'through its parent', path: 'link/../store' },
  { name: 'behind a link', path: 'link' },
])('a store is the same $name', ({ path }) => {
  const top = makeTree({ 'store/x': '', link: symlink('store') });
  expect(storeDirectory('/state', `${top}/${path}`)).toBe(storeDirectory('/state', join(top, 'store')));
});

test('a store below a link is the same before and after it was made', () => {
  const top = makeTree({ 'disk/x': '', link: symlink('disk') });
  const before = storeDirectory('/state', join(top, 'link/new/store'));
  expect(before).toBe(storeDirectory('/state', join(top, 'disk/new/store')));
});

test('the default store and another have directories of their own', () => {
  expect(storeDirectory('/state', '')).toBe('/state/stores/default');
  expect(storeDirectory('/state', '/default')).toBe('/state/stores/%2fdefault');
});
