import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSubject } from '../../src/check/check.js';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { listJson } from '../../src/cli/report/list.js';
import { type HostPath, rootPath } from '../../src/model/path.js';
import { readRoot } from '../../src/operations/read-root.js';
import { diskTree } from '../../src/root/disk-tree.js';
import type { ComparableTree } from '../../src/root/tree.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

/** Stands in every file and name outside of the root. */
const canary = 'canary';

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

const unit = (image: string) => `[Container]\nImage=${image}\n`;

const bindingRoot = (word: string): TreeSpec => ({
  'usr/lib/bootc/bound-images.d/app.container': symlink('/usr/share/containers/systemd/app/app.container'),
  [`usr/lib/bootc/bound-images.d/${word}.toml`]: `images = ["${word}"`,
  'usr/share/containers/systemd/app/app.container': unit(`quay.io/x/${word}:1`),
  'usr/share/containers/systemd/app/app.container.d/10-more.conf': `${word}\n`,
  'usr/etc/containers/registries.conf': `[[registry]]\n${word}`,
  'etc/containers/registries.conf': `[[registry]]\n${word}`,
  [`etc/containers/registries.conf.d/${word}.conf`]: `${word} = [`,
  'etc/containers/policy.json': `{"${word}`,
  'etc/ostree/auth.json': `{"auths":{"${word}`,
});

/** Exchanges each directory with the link beside it again and again, until it is ended: renameat2(2). */
const exchanger = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pairs = [(os.fsencode(path), os.fsencode(path + '.link')) for path in sys.argv[1:]]
print('started', flush=True)
while True:
    for a, b in pairs:
        libc.renameat2(-100, a, -100, b, 2)
`;

const running: ReturnType<typeof spawn>[] = [];

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

test.each([
  'usr/lib/bootc/bound-images.d',
  'usr/lib/bootc',
  'usr/lib',
  'usr',
  'usr/share/containers/systemd',
  'usr/share/containers/systemd/app',
  'usr/share/containers/systemd/app/app.container.d',
  'usr/etc',
  'etc',
  'etc/containers',
  'etc/containers/registries.conf.d',
  'etc/ostree',
])(
  'however often %s is exchanged for a link, nothing outside is shown',
  { timeout: 60_000 },
  async (name) => {
    const outside = makeTree(bindingRoot(canary));
    const inside = makeTree({ ...bindingRoot('inside'), [`${name}.link`]: symlink(join(outside, name)) });
    const child = spawn('python3', ['-c', exchanger, join(inside, name)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    await once(child.stdout, 'data');
    for (let run = 0; run < 25; run += 1) expect(allThatIsShown(inside)).not.toContain(canary);
    child.kill('SIGKILL');
    await once(child, 'exit');
  },
);

/** What `list` and `check` say about a root. */
function allThatIsShown(path: HostPath): string {
  const read = readRoot({ root: path, currentRoot: path });
  const { root: shown, roots, images, diagnostics } = read;
  const found = withCodeFrames([...diagnostics, ...checkSubject(read)], roots.newRoot);
  return JSON.stringify([listJson(shown, images, diagnostics), found]);
}
