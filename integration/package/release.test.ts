import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exec, execOk } from '../support/exec.js';
import { newCleanup, tempDir } from '../support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

test('npm run release makes and checks everything, and leaves nothing behind', async () => {
  const repository = join(await tempDir(cleanup), 'clone');
  const temporary = await tempDir(cleanup);
  await execOk('git', ['clone', '--quiet', '.', repository]);
  await symlink(resolve('node_modules'), join(repository, 'node_modules'));
  await writeFile(join(repository, '.git/info/exclude'), 'node_modules\n');
  const identity = {
    GIT_AUTHOR_NAME: 'Releaser',
    GIT_AUTHOR_EMAIL: 'releaser@example.com',
    GIT_COMMITTER_NAME: 'Releaser',
    GIT_COMMITTER_EMAIL: 'releaser@example.com',
  };
  const git = (...args: readonly string[]) => execOk('git', ['-C', repository, ...args], { env: identity });
  await git('switch', '--quiet', '-C', 'main');
  await writeFile(join(repository, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- A line for users.\n');
  await git('commit', '--quiet', '--all', '--message', 'CHANGELOG: what users see');

  const command = ['contrib/release/release.ts', '99.0.0'];
  const { exitCode, stdout, stderr } = await exec(join(repository, 'integration/run-ts'), command, {
    env: { ...identity, TMPDIR: temporary },
  });
  expect(exitCode, stderr).toBe(0);
  const names = [...stdout.matchAll(/^ +[\d.]+ k?M?B {2}(\S+)$/gm)].map(([, name]) => name);
  expect(names).toEqual([
    'SHA256SUMS',
    'bound-images-99.0.0-1.aarch64.rpm',
    'bound-images-99.0.0-1.x86_64.rpm',
    'bound-images-99.0.0-arm64.raw',
    'bound-images-99.0.0-linux-arm64',
    'bound-images-99.0.0-linux-arm64.tar.gz',
    'bound-images-99.0.0-linux-arm64.xz',
    'bound-images-99.0.0-linux-x64',
    'bound-images-99.0.0-linux-x64.tar.gz',
    'bound-images-99.0.0-linux-x64.xz',
    'bound-images-99.0.0-x86-64.raw',
    'bound-images-99.0.0.cdx.json',
    'bound-images-99.0.0.tgz',
    'bound-images_99.0.0-1_amd64.deb',
    'bound-images_99.0.0-1_arm64.deb',
    'install.sh',
    'oci/',
  ]);
  expect(await readdir(temporary)).toEqual([]);
});
