import { expect, test } from 'vitest';
import { placeOnDisk } from '../../src/check/place-on-disk.js';
import { inFile, nowhere } from '../../src/diagnostic/place.js';
import { makeRoots } from '../support/roots.js';
import { symlink } from '../support/tree.js';

const { newRoot } = makeRoots(
  {
    'etc/containers/own.conf': '',
    'usr/etc/containers/policy.json': '',
    'usr/share/web@.container': '',
    'usr/share/web@a.container': symlink('web@.container'),
    'usr/share/\u001b[2J.container': '',
    'usr/share/odd.container': symlink('\u001b[2J.container'),
  },
  { 'etc/host.json': '', 'usr/etc/other.json': '' },
);

test.each([
  {
    name: 'a file of /usr/etc',
    file: '/etc/containers/policy.json',
    onDisk: '/usr/etc/containers/policy.json',
  },
  { name: 'a file of /etc', file: '/etc/containers/own.conf', onDisk: '/etc/containers/own.conf' },
  { name: 'a file that is only on the running system', file: '/etc/host.json', onDisk: '/etc/host.json' },
  { name: 'a file that is not there', file: '/etc/nowhere.json', onDisk: '/etc/nowhere.json' },
  { name: 'a link', file: '/usr/share/web@a.container', onDisk: '/usr/share/web@a.container' },
  { name: 'no file', file: null, onDisk: null },
])('$name is where it is on the disk', ({ file, onDisk }) => {
  const place = file === null ? nowhere : inFile(file);
  expect(placeOnDisk(newRoot, place)).toEqual({ ...place, file: onDisk });
});

test('a line is in the file that a link leads to', () => {
  const place = { ...inFile('/usr/share/web@a.container'), line: 2, column: 7 };
  expect(placeOnDisk(newRoot, place)).toEqual({ ...place, file: '/usr/share/web@.container' });
});

test('what a link leads to is printable', () => {
  const place = { ...inFile('/usr/share/odd.container'), line: 2, column: 7 };
  expect(placeOnDisk(newRoot, place).file).toBe('/usr/share/\\x1b[2J.container');
});
