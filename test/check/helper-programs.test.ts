import { expect, test } from 'vitest';
import { findHelperProgram } from '../../src/check/helper-programs.js';
import { makeRoots } from '../support/roots.js';
import { dir, symlink, type TreeSpec } from '../support/tree.js';

const program = 'docker-credential-pass';
const hosts: TreeSpec = { 'usr/local': symlink('../var/usrlocal') };
const deployed: TreeSpec = { 'sysroot/': dir(), 'usr/etc/': dir(), 'var/': dir() };

test.each<{ name: string; root: TreeSpec; host?: TreeSpec; program?: string; kind: string }>([
  { name: 'a program of the root', root: { [`usr/bin/${program}`]: '' }, kind: 'found' },
  { name: 'none', root: { 'usr/bin/podman': '' }, kind: 'missing' },
  { name: 'a directory', root: { [`usr/bin/${program}/`]: dir() }, kind: 'missing' },
  { name: 'a path', root: { 'usr/evil': '' }, program: '../evil', kind: 'missing' },
  { name: 'a directory of the host, off it', root: hosts, kind: 'unknown' },
  { name: 'a directory of the host that lacks it', root: hosts, host: deployed, kind: 'missing' },
  {
    name: 'a program of the host',
    root: hosts,
    host: { ...deployed, [`var/usrlocal/bin/${program}`]: '' },
    kind: 'found',
  },
])('a helper is looked for where a service finds it: $name', ({ root, host, program: name, kind }) => {
  const { newRoot } = makeRoots(root, host);
  expect(findHelperProgram(newRoot, name ?? program).kind).toBe(kind);
});
