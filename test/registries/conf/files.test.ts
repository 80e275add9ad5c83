import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HostPath } from '../../../src/model/path.js';
import { registriesFiles } from '../../../src/registries/conf/files.js';
import type { ConfRoots } from '../../../src/registries/conf-roots.js';
import { diskTree } from '../../../src/root/disk-tree.js';
import { rootView } from '../../../src/root/root-view.js';
import { dir, file, makeTree, symlink, type TreeSpec } from '../../support/tree.js';

const etc = 'etc/containers';
const share = 'usr/share/containers';

function rootsOf(spec: TreeSpec, user: TreeSpec | undefined, rest: Partial<ConfRoots> = {}): ConfRoots {
  return {
    system: rootView(diskTree(makeTree(spec) as HostPath), 'new'),
    host: rootView(diskTree('/' as HostPath), 'current'),
    hasUser: user !== undefined,
    isOfHost: false,
    env: { HOME: makeTree(user ?? {}) },
    uid: 0,
    ...rest,
  };
}

/** The files by their content, which is their name here; one that cannot be read in brackets. */
function read(roots: ConfRoots, version: string): readonly string[] {
  return registriesFiles(roots, version).map(({ file: found }) =>
    found.ok ? found.bytes.toString() : `(${found.problem.replace(/.*\//, '')})`,
  );
}

const tree: TreeSpec = {
  [`${etc}/registries.conf`]: 'etc',
  [`${etc}/registries.conf.d/a.conf`]: 'etc a',
  [`${etc}/registries.conf.d/c.conf`]: 'etc c',
  [`${etc}/registries.conf.d/c.conf.bak`]: 'no drop-in',
  [`${etc}/registries.conf.d/below.conf/x.conf`]: 'below',
  [`${etc}/registries.rootful.conf.d/c.conf`]: 'rootful c',
  [`${etc}/registries.rootless.conf.d/c.conf`]: 'rootless c',
  [`${etc}/registries.rootless.conf.d/1000/d.conf`]: 'rootless 1000 d',
  [`${share}/registries.conf`]: 'share',
  [`${share}/registries.conf.d/a.conf`]: 'share a',
  [`${share}/registries.conf.d/b.conf`]: 'share b',
};
const user: TreeSpec = {
  '.config/containers/registries.conf.d/a.conf': 'user a',
};
const userWithMain: TreeSpec = { ...user, '.config/containers/registries.conf': 'user' };

test.each<{ name: string; roots: ConfRoots; version: string; files: readonly string[] }>([
  { name: 'before 6', roots: rootsOf(tree, undefined), version: '5.8.6', files: ['etc', 'etc a', 'etc c'] },
  {
    name: 'before 6, with drop-ins of the user',
    roots: rootsOf(tree, user),
    version: '4.3.1',
    files: ['etc', 'etc a', 'etc c', 'user a'],
  },
  {
    name: 'before 6, with a file of the user alone',
    roots: rootsOf(tree, userWithMain),
    version: '5.8.6',
    files: ['user', 'user a'],
  },
  {
    name: 'before 6, in a directory that is a link',
    roots: rootsOf({ [`${etc}/registries.conf.d`]: symlink('x'), [`${etc}/x/a.conf`]: 'a' }, undefined),
    version: '5.8.6',
    files: [],
  },
  {
    name: 'from 6 on, in a directory that is a link',
    roots: rootsOf({ [`${etc}/registries.conf.d`]: symlink('x'), [`${etc}/x/a.conf`]: 'a' }, undefined),
    version: '6.1.1',
    files: ['a'],
  },
  {
    name: 'from 6 on, for root',
    roots: rootsOf(tree, undefined),
    version: '6.1.1',
    files: ['etc', 'etc a', 'share b', 'rootful c'],
  },
  {
    name: 'from 6 on, for a user',
    roots: rootsOf(tree, userWithMain, { uid: 1000 }),
    version: '6.1.1',
    files: ['user', 'user a', 'share b', 'rootless c', 'rootless 1000 d'],
  },
  {
    name: 'from 6 on, of the vendor alone',
    roots: rootsOf({ [`${share}/registries.conf`]: 'share' }, undefined),
    version: '6.1.1',
    files: ['share'],
  },
  {
    name: 'before 5.4, with a link to nowhere',
    roots: rootsOf({ [`${etc}/registries.conf.d/a.conf`]: symlink('/nowhere') }, undefined),
    version: '5.3.0',
    files: ['(it is a link to nowhere)'],
  },
  {
    name: 'from 5.4 on, with a link to nowhere',
    roots: rootsOf({ [`${etc}/registries.conf.d/a.conf`]: symlink('/nowhere') }, undefined),
    version: '5.4.0',
    files: [],
  },
  {
    name: 'a directory in the place of the file',
    roots: rootsOf({ [`${etc}/registries.conf`]: dir() }, undefined),
    version: '5.8.6',
    files: ['(registries.conf is a directory)'],
  },
])('reads $name', ({ roots, version, files }) => {
  expect(read(roots, version).filter((text) => text !== '')).toEqual(files);
});

test('files that the environment names come first, and the last of them last', () => {
  const directory = makeTree({ 'first.conf': file('first'), 'last.conf': file('last') });
  const env = {
    HOME: directory,
    CONTAINERS_REGISTRIES_CONF: join(directory, 'first.conf'),
    CONTAINERS_REGISTRIES_CONF_OVERRIDE: join(directory, 'last.conf'),
  };
  const roots = rootsOf(tree, undefined, { env });
  expect(read(roots, '5.8.6')).toEqual(['first', 'etc a', 'etc c']);
  expect(read(roots, '6.1.1')).toEqual(['first', 'last']);
  const older = { HOME: directory, REGISTRIES_CONFIG_PATH: join(directory, 'last.conf') };
  expect(read(rootsOf(tree, undefined, { env: older }), '5.8.6')).toEqual(['last', 'etc a', 'etc c']);
  expect(read(rootsOf(tree, undefined, { env: older }), '6.1.1')[0]).toBe('etc');
});
