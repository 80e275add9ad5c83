import { symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProgram, ownLimits } from './support/build.js';
import { cliFile } from './support/cli.js';
import type { ExecResult } from './support/exec.js';
import { findProgram } from './support/programs.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const base = 'localhost/base:1';
let store: Store;

beforeAll(async () => {
  store = await cleanup.use(newStore());
  const context = await tempDir(cleanup);
  const tree = join(context, 'tree');
  for (const name of ['sh', 'env', 'ln']) await copyProgram(await findProgram(name), tree, `usr/bin/${name}`);
  await copyProgram(process.execPath, tree, 'usr/bin/node');
  // What the example installs is there already.
  await writeFile(join(tree, 'usr/bin/dnf'), '#!/usr/bin/sh\n', { mode: 0o755 });
  await writeFile(join(context, 'Containerfile'), 'FROM scratch\nCOPY tree /\n');
  await symlink('usr/bin', join(tree, 'bin'));
  const built = await store.podman(['build', '--quiet', '--tag', base, context]);
  expect(built.exitCode, built.stderr).toBe(0);
});

async function build(example: string): Promise<ExecResult> {
  const options = [
    ...(await ownLimits()),
    '--isolation=chroot',
    '--from',
    base,
    '--build-context',
    `bound-images=${dirname(cliFile)}`,
  ];
  return await store.podman(['build', ...options, resolve('contrib/examples', example)]);
}

test('an image with a good configuration is built', async () => {
  const { exitCode, stdout, stderr } = await build('good');
  expect(stdout, stderr).toMatch(/4 bound images in \S+, 0 errors, 0 warnings/);
  expect(exitCode, stderr).toBe(0);
});

test('an image with mistakes is not, and the build shows them all', async () => {
  const { exitCode, stdout, stderr } = await build('mistakes');
  expect(stdout, stderr).toContain('[reference-floating]');
  expect(stdout, stderr).toContain('/usr/lib/bound-images.d/keys.toml:2:1');
  expect(stderr).toContain('exit status 3');
  expect(exitCode).not.toBe(0);
});
