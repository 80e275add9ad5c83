import { expect, test } from 'vitest';
import { type RootPath, rootPath } from '../../../src/model/path.js';
import { diskTree } from '../../../src/root/disk-tree.js';
import { rootView } from '../../../src/root/root-view.js';
import type { Tree } from '../../../src/root/tree.js';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { symlink } from '../../support/tree.js';

const reason = 'permission denied (EACCES)';
const closed = rootPath('/etc/containers/systemd');

/** What is found in a root that binds a vendor's unit, which the administrator's directory overrides. */
function findingsOf(restrict: (tree: Tree) => Tree, entry = '/usr/share/containers/systemd/a.image') {
  const { newRoot } = makeRoots({
    'usr/lib/bootc/bound-images.d/a.image': symlink(entry),
    'usr/share/containers/systemd/a.image': '[Image]\nImage=quay.io/a/vendor:1',
    'etc/containers/systemd/a.image': '[Image]\nImage=quay.io/a/admin:1',
    'etc/containers/systemd/b.image': '[Image]\nImage=quay.io/a/b:1',
  });
  const { images, diagnostics } = scan(rootView(restrict(diskTree(newRoot.hostPath)), 'new'));
  return {
    valid: images.filter((image) => image.valid).map(({ reference }) => reference.text),
    findings: diagnostics.map((diagnostic) => `${diagnostic.rule} ${diagnostic.entry} ${diagnostic.file}`),
  };
}

const unlisted = (tree: Tree): Tree => ({
  ...tree,
  readDirectory: (path) => (path === closed ? { ok: false, reason } : tree.readDirectory(path)),
});
const unseen = (tree: Tree): Tree => ({
  ...tree,
  stat: (path: RootPath) => (path === closed ? { kind: 'unreadable', reason } : tree.stat(path)),
});

test.each([
  { name: 'may not be listed', restrict: unlisted },
  { name: 'may not even be seen', restrict: unseen },
])('a directory of the search path that $name is an error, as it may hold an override', ({ restrict }) => {
  expect(findingsOf(restrict)).toEqual({
    valid: [],
    findings: ['search-directory-unreadable a.image /etc/containers/systemd'],
  });
});

test('a link to a unit in a directory that may not be listed is the same error', () => {
  expect(findingsOf(unlisted, '/etc/containers/systemd/b.image')).toEqual({
    valid: [],
    findings: ['search-directory-unreadable a.image /etc/containers/systemd'],
  });
});

test('a directory of the search path that does not exist is none', () => {
  const { newRoot } = makeRoots({
    'usr/lib/bootc/bound-images.d/a.image': symlink('/usr/share/containers/systemd/a.image'),
    'usr/share/containers/systemd/a.image': '[Image]\nImage=quay.io/a/vendor:1',
  });
  expect(scan(newRoot).diagnostics).toEqual([]);
});
