import { describe, expect, test } from 'vitest';
import { nothingBound, warnOfNothingBound } from '../../src/check/nothing-bound.js';
import { makeRoots } from '../support/roots.js';
import { dir, symlink, type TreeSpec } from '../support/tree-spec.js';

const bound = 'usr/lib/bound-images.d/';

function saidOf(tree: TreeSpec, called = '.'): readonly string[] {
  return nothingBound(makeRoots(tree).newRoot, called).map(({ message, hint }) => `${message}; ${hint}`);
}

describe('a root without a bound-images directory', () => {
  const elsewhere = 'read the directory that holds usr/lib/bound-images.d as the root';
  test.each<{ name: string; tree: TreeSpec; said: string }>([
    {
      name: 'that is empty',
      tree: {},
      said: `./ has no bound-images directory, so it binds nothing; ${elsewhere}`,
    },
    {
      name: 'that is the repository',
      tree: { Containerfile: '', [`rootfs/${bound}`]: dir() },
      said: './ has no bound-images directory, but rootfs has one; read rootfs as the root',
    },
    {
      name: 'that has more than one below, the nearest first',
      tree: {
        'files/system/usr/lib/bootc/bound-images.d/a.toml': '',
        'system_files/etc/bootc/bound-images.d/a.toml': '',
      },
      said: './ has no bound-images directory, but system_files and files/system have one; read system_files as the root',
    },
    {
      name: 'that has one in what is no part of it',
      tree: { [`.git/${bound}`]: dir(), [`node_modules/x/${bound}`]: dir(), link: symlink('.git') },
      said: `./ has no bound-images directory, so it binds nothing; ${elsewhere}`,
    },
    {
      name: 'that is an OS, in which another may lie',
      tree: { 'etc/os-release': 'ID=x\n', [`mnt/${bound}`]: dir() },
      said: `./ has no bound-images directory, so it binds nothing; ${elsewhere}`,
    },
  ])('$name is an error that looks around', ({ tree, said }) => {
    expect(saidOf(tree)).toEqual([said]);
  });

  test('is called as it was named', () => {
    expect(saidOf({ [`rootfs/${bound}`]: dir() }, '/home/me/repository')).toEqual([
      expect.stringMatching(
        /^\/home\/me\/repository\/ has no .* but \/home\/me\/repository\/rootfs has one; /,
      ),
    ]);
  });

  test('is a warning in the same words for whoever does not check it', () => {
    const { newRoot } = makeRoots({});
    const [error, warning] = [nothingBound(newRoot, '/new'), warnOfNothingBound(newRoot, '/new')];
    expect(error).toMatchObject([{ severity: 'error' }]);
    expect(warning).toEqual(error.map((finding) => ({ ...finding, severity: 'warning' })));
  });
});

test.each<{ name: string; tree: TreeSpec }>([
  { name: 'is empty', tree: { [bound]: dir() } },
  { name: 'masks all', tree: { 'etc/bootc/bound-images.d/a.toml': symlink('/dev/null') } },
])('a directory that $name is fine', ({ tree }) => {
  expect(saidOf(tree)).toEqual([]);
});
