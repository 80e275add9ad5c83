import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { rootPath } from '../../src/model/path.js';
import { diskTree } from '../../src/root/disk-tree.js';
import type { ComparableTree } from '../../src/root/tree.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

/** Stands in every file and name outside of the root, and in no random name of a directory, which has no dash. */
const canary = 'canary-outside';

/** The same names as in the root, with the canary in all that can be read. */
const host: TreeSpec = {
  'a/b/c/file': `${canary}\n`,
  'a/b/c/link': symlink(`/${canary}`),
  [`a/b/c/${canary}`]: '',
};

const root: TreeSpec = { 'a/b/c/file': 'inside\n', 'a/b/c/link': symlink('/inside'), 'a/b/c/inside': '' };

/** Puts a link to a directory of the host in the place of a directory. */
function exchange(directory: string, target: string): void {
  renameSync(directory, `${directory}.old`);
  symlinkSync(target, directory);
}

const operations: Readonly<Record<string, (tree: ComparableTree) => unknown>> = {
  'stat of a file': (tree) => tree.stat(rootPath(`/a/b/c/${canary}`)),
  'stat of a directory': (tree) => tree.stat(rootPath('/a/b/c')),
  readLink: (tree) => tree.readLink(rootPath('/a/b/c/link')),
  readFile: (tree) => tree.readFile(rootPath('/a/b/c/file'), 100),
  readDirectory: (tree) => tree.readDirectory(rootPath('/a/b/c')),
  sameContent: (tree) => tree.sameContent(rootPath('/a/b/c/file'), rootPath('/a/b/c/file')),
};

const rows = Object.keys(operations).flatMap((operation) =>
  ['a', 'a/b', 'a/b/c'].flatMap((directory) =>
    ['at once', 'after a break'].map((when) => ({ operation, directory, when })),
  ),
);

describe('a directory that becomes a link out of the root while the root is read', () => {
  test.each(rows)(
    'is not followed by $operation: /$directory, $when',
    async ({ operation, directory, when }) => {
      const outside = makeTree(host);
      const inside = makeTree(root);
      const tree = diskTree(inside);
      const read = operations[operation] ?? (() => undefined);
      const before = read(tree);
      if (when === 'after a break') await setImmediate();
      exchange(join(inside, directory), join(outside, directory));
      const after = read(tree);
      expect(readable(after)).not.toContain(canary);
      if (when === 'at once' && directory !== 'a/b/c') expect(after).toEqual(before);
      if (when === 'after a break' && operation === 'readFile') {
        const reason = `${join('/', directory)} became a symbolic link while the root was read`;
        expect(after).toEqual({ ok: false, kind: 'unreadable', reason });
      }
      if (operation === 'sameContent' && when === 'after a break') expect(after).toBe(false);
      if (operation.startsWith('stat of a file')) expect(after).not.toMatchObject({ kind: 'file' });
    },
  );
});

/** Buffers as the text that they are. */
function readable(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each?.type === 'Buffer' ? Buffer.from(each.data).toString('utf8') : each,
  );
}
