import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootedDeployment } from '../../../src/tools/ostree/booted-deployment.js';
import { deploymentAt, ownDeploymentAt } from '../../../src/tools/ostree/deployment-of.js';
import { makeTree } from '../../support/tree.js';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
const at = (checksum: string) => `/ostree/deploy/fedora/deploy/${checksum}.1`;
const id = (checksum: string) => `fedora-${checksum}.1`;
const mounts = (...lines: readonly string[]) =>
  lines.map((line) => `20 1 8:1 ${line} rw - xfs /dev/x rw\n`).join('');

/** With the boot entry that `ostree=` leads to. */
function sysroot(checksum: string): string {
  const top = makeTree({});
  mkdirSync(join(top, at(checksum)), { recursive: true });
  mkdirSync(join(top, 'ostree/boot.1.1/fedora/abc'), { recursive: true });
  symlinkSync('boot.1.1', join(top, 'ostree/boot.1'));
  symlinkSync(`../../../deploy/fedora/deploy/${checksum}.1`, join(top, 'ostree/boot.1.1/fedora/abc/0'));
  return top;
}

const named = 'quiet ostree=/ostree/boot.1/fedora/abc/0 rw\n';

test.each([
  { name: 'what is mounted at /', mountInfo: mounts(`${at(one)} /`), of: one },
  { name: 'a file system with subvolumes', mountInfo: mounts(`/root${at(one)} /`), of: one },
  {
    name: 'what is mounted at /etc, where / is a composefs',
    mountInfo: mounts('/ /', `${at(one)}/etc /etc`),
    of: one,
  },
  { name: 'what was mounted last', mountInfo: mounts(`${at(two)} /`, `${at(one)} /`), of: one },
  { name: 'the kernel command line', mountInfo: mounts('/ /', '/etc /etc'), of: two },
])('the deployment is known by $name', ({ mountInfo, of }) => {
  expect(bootedDeployment({ mountInfo, commandLine: named, sysroot: sysroot(two) })).toBe(id(of));
});

test.each([
  { name: 'no ostree', commandLine: 'quiet\n' },
  { name: 'a boot entry that is gone', commandLine: 'ostree=/ostree/boot.0/fedora/abc/0\n' },
  { name: 'ostree=true', commandLine: 'ostree=true\n' },
])('with $name nothing is known', ({ commandLine }) => {
  expect(bootedDeployment({ mountInfo: mounts('/ /'), commandLine, sysroot: sysroot(two) })).toBeUndefined();
});

test.each([
  ['/ostree/deploy/os/deploy/x.0', undefined],
  [`/ostree/deploy/os/deploy/${one}`, undefined],
  [`/ostree/deploy/os/deploy/${one}.0/usr`, undefined],
  [`/ostree/deploy/os/deploy/${one}.0`, `os-${one}.0`],
  [`/sysroot/ostree/deploy/os/deploy/${one}.12`, `os-${one}.12`],
])('%s', (path, deployment) => {
  expect(ownDeploymentAt(path)).toBe(deployment);
});

test('a deployment of another host is none of this one', () => {
  const path = `/mnt${at(one)}`;
  expect([deploymentAt(path), ownDeploymentAt(path)]).toEqual([id(one), undefined]);
});
