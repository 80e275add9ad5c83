import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkSubject } from '../../src/check/check.js';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { listJson } from '../../src/cli/report/list.js';
import type { HostPath } from '../../src/model/path.js';
import { readRoot } from '../../src/operations/read-root.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

/** Stands in every file and name outside of the root, and in no random name of a directory, which has no dash. */
const canary = 'canary-outside';

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
