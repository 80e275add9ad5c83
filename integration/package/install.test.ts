import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeArchive } from '../../contrib/package/system-extension.js';
import { movedTree } from '../../contrib/package/tree.js';
import { version } from '../../contrib/package/version.js';
import { dropIn } from '../support/entries.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { enabledUnits, newFreshRoot } from './support/fresh-root.js';
import { ownPlatform, released } from './support/released.js';
import { testedTree } from './support/stand-in.js';

const perTest = newCleanup();
afterEach(perTest.run);

test.each([
  { prefix: '/usr/local', options: [] },
  { prefix: '/opt/bound-images', options: ['--prefix', '/opt/bound-images'] },
])(
  'with a read-only /usr the program is installed below $prefix, used, upgraded and removed',
  async ({ prefix, options }) => {
    const app = await (await newImageSource(perTest)).push('team/app:1');
    const root = await newFreshRoot(perTest, { usr: 'read-only' });
    await cp('contrib/install.sh', join(root.path, 'root/install.sh'));
    await cp(released('archive'), join(root.path, 'root/now.tar.gz'));
    // The same again, of which one file has a new name.
    const moved = movedTree(testedTree(released('executable'), version), ({ path }) =>
      path.replace('image-unbound.md', 'image-unbound-now.md'),
    );
    await cp(
      await makeArchive(moved, ownPlatform, await tempDir(perTest)),
      join(root.path, 'root/next.tar.gz'),
    );
    await writeTree(root.path, dropIn('app', [app.pinned]));
    const before = await root.paths();

    const shell = (command: string) => root.runOk(['bash', '--login', '-c', command]);
    const install = ['sh', '/root/install.sh', ...options];
    const said = (what: string) => `${what}: ${prefix}/bin/bound-images (${version})`;
    expect(await root.runOk([...install, '/root/now.tar.gz'])).toContain(said('installed'));
    expect(await shell('command -v bound-images')).toBe(`${prefix}/bin/bound-images\n`);
    expect(await shell('bound-images check --quiet')).toBe('');
    await shell('bound-images pull');
    expect(await shell('podman image ls --quiet')).toMatch(/^[0-9a-f]{12}\n$/);
    expect(await enabledUnits(root)).toEqual(['enabled', 'enabled', 'disabled']);

    await shell('systemctl disable bound-images-prune.timer 2>/dev/null');
    expect(await root.runOk([...install, '/root/next.tar.gz'])).toContain(said('upgraded'));
    expect(await enabledUnits(root)).toEqual(['enabled', 'disabled', 'disabled']);
    const pages = (await root.paths()).filter((path) => /\/image-unbound\S*\.md$/.test(path));
    expect(pages).toEqual([expect.stringMatching(/-now\.md$/)]);

    const uninstall = ['sh', `${prefix}/share/bound-images/install.sh`, '--uninstall'];
    expect(await root.runOk(uninstall)).toContain('removed: ');
    const after = (await root.paths()).filter((path) => !path.startsWith('var/lib/bound-images/'));
    expect(after).toEqual(before);
  },
);

test('a program of another processor takes the place of none', async () => {
  const root = await newFreshRoot(perTest, { usr: 'read-only' });
  const before = await root.paths();
  const foreign = ownPlatform === 'x64' ? 'arm64' : 'x64';
  await cp('contrib/install.sh', join(root.path, 'root/install.sh'));
  await cp(released('archive', foreign), join(root.path, 'root/foreign.tar.gz'));
  const { exitCode, stderr } = await root.run(['sh', '/root/install.sh', '/root/foreign.tar.gz']);
  expect(stderr).toContain('does not run on this machine');
  expect(exitCode).toBe(1);
  expect(await root.paths()).toEqual(before);
});
