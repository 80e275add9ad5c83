import { expect, test } from 'vitest';
import { openRoots } from '../../src/root/open-roots.js';
import { requireOs } from '../../src/scan/os-release.js';
import { dir, makeTree, symlink } from '../support/tree.js';

type Tree = Parameters<typeof makeTree>[0];
const vendors = 'usr/lib/os-release';
const text = 'ID=test\n';
const os: Tree = { [vendors]: text };

/** Which of the two roots is no OS. */
function found(newRoot: Tree, currentRoot: Tree | null) {
  const [root, current] = [makeTree(newRoot), currentRoot && makeTree(currentRoot)];
  const roots = openRoots({ root, currentRoot: current });
  if (!roots.ok) throw new Error('the roots cannot be opened');
  const messages = requireOs(roots).map(({ message }) => message);
  return [root, current].flatMap((each, index) =>
    messages.some((message) => message.startsWith(`${each} is not the root of an OS`))
      ? ['new', 'current'][index]
      : [],
  );
}

test.each<{ name: string; newRoot: Tree; currentRoot: Tree | null; without: readonly string[] }>([
  { name: 'a file below /usr', newRoot: os, currentRoot: os, without: [] },
  { name: 'a file below /etc', newRoot: { 'etc/os-release': text }, currentRoot: os, without: [] },
  { name: 'a file below /usr/etc', newRoot: { 'usr/etc/os-release': text }, currentRoot: os, without: [] },
  {
    name: 'a link inside the root',
    newRoot: { [vendors]: symlink('/usr/share/os'), 'usr/share/os': text },
    currentRoot: os,
    without: [],
  },
  { name: 'no current root', newRoot: os, currentRoot: null, without: [] },
  { name: 'nothing', newRoot: {}, currentRoot: os, without: ['new'] },
  { name: 'no new root either', newRoot: {}, currentRoot: null, without: ['new'] },
  { name: 'nothing in the current root', newRoot: os, currentRoot: {}, without: ['current'] },
  { name: 'an empty file', newRoot: { [vendors]: '' }, currentRoot: os, without: ['new'] },
  { name: 'a directory', newRoot: { [`${vendors}/`]: dir() }, currentRoot: os, without: ['new'] },
  {
    name: 'a link to where /usr is not mounted',
    newRoot: { 'etc/os-release': symlink('../usr/lib/os-release'), 'usr/': dir() },
    currentRoot: os,
    without: ['new'],
  },
  {
    name: 'a link out of the root',
    newRoot: { [vendors]: symlink('/../../../../etc/os-release') },
    currentRoot: os,
    without: ['new'],
  },
  { name: 'a mask', newRoot: { [vendors]: symlink('/dev/null') }, currentRoot: os, without: ['new'] },
])('an OS has an os-release: $name', ({ newRoot, currentRoot, without }) => {
  expect(found(newRoot, currentRoot)).toEqual(without);
});
