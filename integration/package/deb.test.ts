import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeDeb } from '../../contrib/package/deb.js';
import { platforms } from '../../contrib/package/node.js';
import { version } from '../../contrib/package/version.js';
import { dropIn } from '../support/entries.js';
import { execOk } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { enabledUnits, newFreshRoot } from './support/fresh-root.js';
import { ownPlatform, released } from './support/released.js';
import { expectSameAgain } from './support/same-again.js';
import { nextTree } from './support/stand-in.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

test('a package of Debian is installed, used, upgraded and removed', async () => {
  const app = await (await newImageSource(cleanup)).push('team/app:1');
  const root = await newFreshRoot(cleanup);
  await writeTree(root.path, dropIn('app', [app.pinned]));
  const before = await root.paths();
  const dpkg = async (file: string) => {
    await cp(file, join(root.path, 'root', basename(file)));
    return root.runOk(['dpkg', '--install', `/root/${basename(file)}`]);
  };

  await dpkg(released('deb'));
  expect(await root.runOk(['dpkg-query', '--show', 'bound-images'])).toBe(`bound-images\t${version}-1\n`);
  expect(await root.runOk(['dpkg', '--verify', 'bound-images'])).toBe('');
  expect(await root.runOk(['bound-images', '--version'])).toBe(`${version}\n`);
  expect(await root.runOk(['bound-images', 'check', '--quiet'])).toBe('');
  await root.runOk(['bound-images', 'pull']);
  expect(await root.runOk(['podman', 'image', 'ls', '--quiet'])).toMatch(/^[0-9a-f]{12}\n$/);
  expect(await enabledUnits(root)).toEqual(['enabled', 'enabled', 'disabled']);

  await root.runOk(['systemctl', 'disable', 'bound-images-prune.timer']);
  await dpkg(await makeDeb(await nextTree(cleanup), ownPlatform, await tempDir(cleanup)));
  expect(await enabledUnits(root)).toEqual(['enabled', 'disabled', 'disabled']);

  await root.runOk(['dpkg', '--purge', 'bound-images']);
  expect(await root.paths()).toEqual(before);
});

test.each(platforms)('lintian has nothing to complain about in the package for %s', async (platform) => {
  expect(await execOk('lintian', ['--info', '--fail-on=none', released('deb', platform)])).toBe('');
});

test('a package is the same when it is made again', async () => {
  await expectSameAgain(cleanup, makeDeb);
});
