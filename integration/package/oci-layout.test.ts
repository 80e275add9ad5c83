import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../../contrib/package/version.js';
import { copyProgram, ownLimits } from '../support/build.js';
import { exec, execOk } from '../support/exec.js';
import { findProgram } from '../support/programs.js';
import { startRegistry } from '../support/registry.js';
import { newStore, type Store } from '../support/store.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { released } from './support/released.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const base = 'localhost/base:1';
const packaged = `localhost/bound-images:${version}`;
let store: Store;

async function podmanOk(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await store.podman(args);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

beforeAll(async () => {
  store = await cleanup.use(newStore());
  const context = await tempDir(cleanup);
  const tree = join(context, 'tree');
  for (const name of ['sh', 'env', 'cat'])
    await copyProgram(await findProgram(name), tree, `usr/bin/${name}`);
  await symlink('usr/bin', join(tree, 'bin'));
  // For its libraries, which every base image for this has.
  await copyProgram(released('executable'), tree, 'usr/lib/none');
  await writeFile(join(context, 'Containerfile'), 'FROM scratch\nCOPY tree /\n');
  await podmanOk('build', '--quiet', '--tag', base, context);

  const { host } = await cleanup.use(startRegistry());
  const published = `${host}/bound-images:${version}`;
  const toRegistry = ['copy', '--quiet', '--all', '--dest-tls-verify=false'];
  await execOk('skopeo', [...toRegistry, `oci:${released('oci')}:${version}`, `docker://${published}`]);
  await podmanOk('pull', '--quiet', '--tls-verify=false', published);
  await podmanOk('tag', published, packaged);
});

/** Builds without a network; the one line that installs bound-images is that of the documentation. */
async function build(example: string) {
  const context = await tempDir(cleanup);
  await cp(join('contrib/examples', example, 'rootfs'), join(context, 'rootfs'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const lines = [
    `FROM ${base}`,
    `COPY --from=${packaged} / /`,
    'COPY rootfs /',
    'RUN bound-images check --strict',
  ];
  await writeFile(join(context, 'Containerfile'), `${lines.join('\n')}\n`);
  const options = [...(await ownLimits()), '--isolation=chroot', '--pull=never'];
  const podman = ['podman', ...store.podmanArgs, 'build', ...options, '--tag=localhost/built:1', context];
  return exec('unshare', ['--net', ...podman], { env: store.env });
}

test('an image is built that has the program by one line, and whose configuration is good', async () => {
  const { exitCode, stdout, stderr } = await build('good');
  expect(stdout, stderr).toMatch(/4 bound images in \S+, 0 errors, 0 warnings/);
  expect(exitCode, stderr).toBe(0);
  const preset = 'usr/lib/systemd/system-preset/80-bound-images.preset';
  expect(await store.contents('localhost/built:1', preset)).toContain('enable bound-images-gate.service');
});

test('an image with mistakes is not built', async () => {
  const { exitCode, stdout, stderr } = await build('mistakes');
  expect(stdout, stderr).toContain('[reference-floating]');
  expect(stderr).toContain('exit status 3');
  expect(exitCode).not.toBe(0);
});
