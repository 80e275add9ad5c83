import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliFile } from './support/cli.js';
import { type ExecResult, execOk } from './support/exec.js';
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

/** A program with the libraries that it is linked to. */
async function copyProgram(program: string, tree: string, path: string): Promise<void> {
  const libraries = (await execOk('ldd', [program])).match(/\/\S+(?= \(0x)/g) ?? [];
  for (const [from, to] of [[program, path], ...libraries.map((library) => [library, library])]) {
    if (from === undefined || to === undefined) continue;
    await mkdir(dirname(join(tree, to)), { recursive: true });
    await cp(from, join(tree, to), { dereference: true });
  }
}

function build(example: string): Promise<ExecResult> {
  const options = [
    '--isolation=chroot',
    '--from',
    base,
    '--build-context',
    `bound-images=${dirname(cliFile)}`,
  ];
  return store.podman(['build', ...options, resolve('contrib/examples', example)]);
}

test('an image with a good configuration is built', async () => {
  const { exitCode, stdout, stderr } = await build('good');
  expect(stdout).toContain('4 bound images, 0 errors, 0 warnings');
  expect(exitCode, stderr).toBe(0);
});

test('an image with mistakes is not, and the build shows them all', async () => {
  const { exitCode, stdout, stderr } = await build('mistakes');
  expect(stdout).toContain('[reference-floating]');
  expect(stdout).toContain('/usr/lib/bound-images.d/keys.toml:2:1');
  expect(stderr).toContain('exit status 3');
  expect(exitCode).not.toBe(0);
});
