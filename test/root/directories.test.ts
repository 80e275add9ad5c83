import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { HostPath } from '../../src/model/path.js';
import { rootPath } from '../../src/model/path.js';
import { diskTree } from '../../src/root/disk-tree.js';
import { makeTree } from '../support/tree.js';

/** How many directories of a root are open. */
function openIn(root: HostPath): number {
  const links = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      // It was that of the listing.
      return '';
    }
  });
  return links.filter((link) => link === root || link.startsWith(`${root}/`)).length;
}

test('however deep a root is, few of its directories are open, and none after a break', async () => {
  const names = Array.from({ length: 300 }, (_, level) => `d${level}`);
  const root = makeTree({});
  mkdirSync(`${root}/${names.join('/')}`, { recursive: true });
  writeFileSync(`${root}/${names.join('/')}/file`, 'deep');
  const tree = diskTree(root);
  for (let depth = names.length; depth > 0; depth -= 7) {
    expect(tree.stat(rootPath(`/${names.slice(0, depth).join('/')}`))).toMatchObject({ kind: 'directory' });
    expect(openIn(root)).toBeLessThanOrEqual(16);
  }
  const file = rootPath(`/${names.join('/')}/file`);
  expect(tree.readFile(file, 10)).toEqual({ ok: true, bytes: Buffer.from('deep') });
  await setImmediate();
  expect(openIn(root)).toBe(0);
  expect(tree.readFile(file, 10)).toEqual({ ok: true, bytes: Buffer.from('deep') });
});
