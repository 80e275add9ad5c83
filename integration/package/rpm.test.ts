import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeRpm } from '../../contrib/package/rpm.js';
import { version } from '../../contrib/package/version.js';
import { dropIn } from '../support/entries.js';
import { exec, execOk } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { newImageSource } from '../support/image-source.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { enabledUnits, newFreshRoot } from './support/fresh-root.js';
import { ownPlatform, released } from './support/released.js';
import { expectSameAgain } from './support/same-again.js';
import { nextTree } from './support/stand-in.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

test('an rpm is installed, used, upgraded and removed', async () => {
  const app = await (await newImageSource(cleanup)).push('team/app:1');
  const root = await newFreshRoot(cleanup);
  await writeTree(root.path, dropIn('app', [app.pinned]));
  // Of Fedora's package filesystem.
  for (const path of ['usr/share/licenses', 'usr/share/zsh/site-functions']) {
    await mkdir(join(root.path, path), { recursive: true });
  }
  const inRoot = (...args: readonly string[]) =>
    execOk('rpm', ['--root', root.path, '--dbpath=/var/lib/rpm', ...args]);
  await mkdir(join(root.path, 'var/lib/rpm'), { recursive: true });
  await inRoot('--initdb');
  const before = await root.paths();

  // podman is there as a package of Debian, which rpm knows nothing of.
  await inRoot('--install', '--nodeps', released('rpm'));
  expect(await inRoot('--query', '--queryformat', '%{VERSION}', 'bound-images')).toBe(version);
  expect(await inRoot('--verify', '--nodeps', 'bound-images')).toBe('');
  expect(await root.runOk(['bound-images', '--version'])).toBe(`${version}\n`);
  expect(await root.runOk(['bound-images', 'check', '--quiet'])).toBe('');
  await root.runOk(['bound-images', 'pull']);
  expect(await root.runOk(['podman', 'image', 'ls', '--quiet'])).toMatch(/^[0-9a-f]{12}\n$/);
  expect(await enabledUnits(root)).toEqual(['enabled', 'enabled', 'disabled']);

  await root.runOk(['systemctl', 'disable', 'bound-images-prune.timer']);
  const next = await makeRpm(await nextTree(cleanup), ownPlatform, await tempDir(cleanup));
  await inRoot('--upgrade', '--nodeps', next);
  expect(await enabledUnits(root)).toEqual(['enabled', 'disabled', 'disabled']);

  await inRoot('--erase', '--nodeps', 'bound-images');
  const after = (await root.paths()).filter((path) => !path.startsWith('var/lib/bound-images/'));
  expect(after).toEqual(before);
});

describe.each([
  ['x64', 'x86_64'],
  ['arm64', 'aarch64'],
] as const)('the rpm for %s', (platform, architecture) => {
  test('says what it is and what it needs', async () => {
    const query = (...args: readonly string[]) =>
      execOk('rpm', ['--query', '--package', ...args, released('rpm', platform)]);
    expect(await query('--queryformat', '%{ARCH} %{LICENSE}')).toBe(`${architecture} Apache-2.0`);
    const required = (await query('--requires')).split('\n');
    expect(required).toEqual(
      expect.arrayContaining([
        'podman',
        '/bin/sh',
        'libc.so.6(GLIBC_2.28)(64bit)',
        'libstdc++.so.6()(64bit)',
      ]),
    );
    const known =
      /^(?:podman|\/bin\/sh|rpmlib\(.*|rtld\(GNU_HASH\)|(?:lib(?:c|dl|gcc_s|m|pthread|stdc\+\+)|ld-linux\S*)\.so.*|)$/;
    expect(required.filter((line) => !known.test(line))).toEqual([]);
    expect(await query('--recommends')).toBe('skopeo\n');
  });

  test('has nothing that rpmlint complains about', async () => {
    const settings = ['--config', 'contrib/package/rpmlint.toml'];
    const { stdout } = await exec('rpmlint', [...settings, released('rpm', platform)]);
    expect(stdout).toContain('0 errors, 0 warnings');
  });
});

test('an rpm is the same when it is made again', async () => {
  await expectSameAgain(cleanup, makeRpm);
});
