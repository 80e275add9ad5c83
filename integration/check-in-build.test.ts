import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeExecutable } from '../contrib/package/executable.js';
import type { Platform } from '../contrib/package/node.js';
import { copyProgram, ownLimits } from './support/build.js';
import type { ExecResult } from './support/exec.js';
import { findProgram } from './support/programs.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const base = 'localhost/base:1';
let store: Store;
/** What the released image holds of what counts here. */
let released: string;

beforeAll(async () => {
  store = await cleanup.use(newStore());
  const context = await tempDir(cleanup);
  const tree = join(context, 'tree');
  await copyProgram(await findProgram('sh'), tree, 'usr/bin/sh');
  released = await tempDir(cleanup);
  const executable = await makeExecutable(process.arch as Platform, await tempDir(cleanup));
  // With its libraries, which the base of the example has.
  await copyProgram(executable, released, 'usr/bin/bound-images');
  // What the example installs is there already.
  await writeFile(join(tree, 'usr/bin/dnf'), '#!/usr/bin/sh\n', { mode: 0o755 });
  await writeFile(join(context, 'Containerfile'), 'FROM scratch\nCOPY tree /\n');
  await symlink('usr/bin', join(tree, 'bin'));
  const built = await store.podman(['build', '--quiet', '--tag', base, context]);
  expect(built.exitCode, built.stderr).toBe(0);
});

async function build(example: string): Promise<ExecResult> {
  const directory = resolve('contrib/examples', example);
  const [, image] =
    /^COPY --from=(\S+) /m.exec(await readFile(join(directory, 'Containerfile'), 'utf8')) ?? [];
  const options = [
    ...(await ownLimits()),
    '--isolation=chroot',
    ...['--from', base, '--build-context', `${image}=${released}`],
  ];
  return await store.podman(['build', ...options, directory]);
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
