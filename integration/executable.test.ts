import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeExecutable } from '../contrib/package/executable.js';
import { nodeVersion, type Platform } from '../contrib/package/node.js';
import { newBoundHost } from './support/bound-host.js';
import { cliFile } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { type ExecOptions, exec, execOk } from './support/exec.js';
import { newImageSource } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let executable: string;
beforeAll(async () => {
  executable = await makeExecutable(process.arch as Platform, await tempDir(cleanup));
});

/** How the executable and the built program end, with what they print. */
async function bothWays(args: readonly string[], options: ExecOptions = {}) {
  const given = { ...options, env: { NO_COLOR: '1', ...options.env } };
  const [one, other] = [
    await exec(executable, args, given),
    await exec(process.execPath, [cliFile, ...args], given),
  ];
  const { durationMs: _, ...executed } = one;
  const { durationMs: __, ...built } = other;
  return { executed, built };
}

const mistakes = ['contrib/examples/mistakes/rootfs', '--current-root', 'contrib/examples/good/rootfs'];

test.each([
  { args: ['--version'], exitCode: 0 },
  { args: [], exitCode: 2 },
  { args: ['pull', '--help'], exitCode: 0 },
  { args: ['pull', '--hlep'], exitCode: 2 },
  { args: ['list', '--root', ...mistakes, '--format', 'json'], exitCode: 3 },
  { args: ['check', ...mistakes], exitCode: 3 },
  // With the pages of the rules.
  { args: ['check', ...mistakes, '--format', 'sarif'], exitCode: 3 },
  { args: ['gate', '--root', '/nonexistent', '--format', 'json'], exitCode: 2 },
])('$args ends as the built program does', async ({ args, exitCode }) => {
  const { executed, built } = await bothWays(args);
  expect(executed).toEqual(built);
  expect(executed.exitCode).toBe(exitCode);
});

test('in any language of the host, and where /proc/self/exe is all that says which program it is', async () => {
  const env = { LANG: 'de_DE.UTF-8', LC_ALL: 'th_TH.UTF-8', PATH: '/usr/bin' };
  const { executed, built } = await bothWays(['check', ...mistakes], { env });
  expect(executed).toEqual(built);
});

test('an image is pulled, is there, and is checked by another process of the same program', async () => {
  const source = await newImageSource(cleanup);
  const app = await source.push('team/app:1');
  const host = await newBoundHost(cleanup, { newRoot: dropIn('app', [app.tagged]) });
  const store = ['--storage-root', host.store.root, '--storage-runroot', host.store.runroot];
  const roots = ['--root', host.newRoot, '--current-root', host.currentRoot];
  const env = { ...host.store.env, TMPDIR: host.temporary, BOUND_IMAGES_STATE_DIR: host.state };
  const pull = ['pull', ...roots, ...store, '--format', 'json'];
  const pulled = JSON.parse(await execOk(executable, pull, { env }));
  expect(pulled.images).toMatchObject([{ reference: app.tagged, state: 'pulled', digest: app.digest }]);
  const again = JSON.parse(await execOk(executable, pull, { env }));
  expect(again.images).toMatchObject([{ state: 'present' }]);

  const { executed, built } = await bothWays(['check', '--image', app.tagged, ...store], { env });
  expect(executed).toEqual(built);
  expect(executed.stdout).toContain('nothing-bound');
  expect(await host.leftovers()).toEqual([]);
});

test('it says whose work is in it: Node.js, too', async () => {
  const { packages } = JSON.parse(await execOk(executable, ['licenses', '--format', 'json']));
  const built = JSON.parse(await execOk(process.execPath, [cliFile, 'licenses', '--format', 'json']));
  const [own, node, ...others] = packages;
  expect([own, ...others]).toEqual(built.packages);
  expect(node).toMatchObject({
    name: 'node',
    version: nodeVersion,
    text: expect.stringContaining('OpenSSL'),
  });
});
