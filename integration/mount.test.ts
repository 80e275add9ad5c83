import { readdirSync } from 'node:fs';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { runChecked, startChecked } from './support/checked-cli.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newOrdinaryUser } from './support/ordinary-user.js';
import { podmanOf } from './support/podman-suites.js';
import { processesEnd } from './support/processes.js';
import { pushArtifact } from './support/push-artifact.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let store: Store;
let app: SourceImage;
let base: SourceImage;
let root: string;
let temporary: string;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  store = await cleanup.use(newStore());
  app = await source.pushSpec('team/app:1', {
    layers: [{ seed: 'app', sizeBytes: 10, files: { 'usr/lib/name': 'app' } }],
  });
  base = await source.pushSpec('team/base:1', {
    layers: [{ seed: 'base', sizeBytes: 10, files: { 'usr/lib/name': 'base' } }],
  });
  for (const { tagged } of [app, base]) await store.podman(['pull', '--quiet', '--tls-verify=false', tagged]);
  root = await rootOf(base.tagged, app.tagged);
});

beforeEach(async () => {
  temporary = await tempDir(perTest);
});

async function rootOf(...images: readonly string[]): Promise<string> {
  const path = await tempDir(cleanup);
  await writeTree(path, {
    'usr/lib/os-release': 'ID=test\n',
    'usr/lib/bound-images.d/a.toml': `images = [${images.map((each) => JSON.stringify(each)).join(', ')}]\n`,
  });
  return path;
}

const argumentsFor = (of: string, ...command: readonly string[]) => [
  ...['mount', '--root', of, '--storage-root', store.root, '--storage-runroot', store.runroot],
  ...['--', ...command],
];
const mount = (of: string, ...command: readonly string[]) =>
  runChecked(argumentsFor(of, ...command), { env: { ...store.env, TMPDIR: temporary } });

async function expectNothingLeft(): Promise<void> {
  expect((await store.podman(['image', 'mount'])).stdout.trim()).toBe('');
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(temporary);
}

test('images lie in the order of their entries, read-only, and end with the command', async () => {
  const script =
    'pwd; ls; cat */usr/lib/name; for d in . 00-base; do touch $d/x 2>/dev/null && echo written; done; exit 7';
  const { stdout, stderr, exitCode } = await mount(root, 'sh', '-c', script);
  const [directory = '', ...lines] = stdout.split('\n');
  expect(lines, stderr).toEqual(['00-base', '01-app', 'baseapp']);
  expect(exitCode).toBe(7);
  expect(directory.startsWith(temporary)).toBe(true);
  expect(readdirSync(temporary)).toEqual([]);
  await expectNothingLeft();
});

test('what the store does not have is named, and no command is run', async () => {
  const absent = `${source.proxy.host}/team/absent:1`;
  const { stdout, stderr, exitCode } = await mount(await rootOf(app.tagged, absent), 'echo', 'ran');
  expect([stdout, exitCode]).toEqual(['', 1]);
  expect(stderr).toContain(`missing ${absent}`);
  expect(stderr).toContain('bound-images pull');
  expect(readdirSync(temporary)).toEqual([]);
});

test.each([
  ['with mistakes', 'images = ["%i"]\n', 3],
  ['with a mistake in TOML', 'images = [\n', 3],
])('of a root %s nothing is mounted', async (_, text, status) => {
  const path = await tempDir(perTest);
  await writeTree(path, { 'usr/lib/os-release': 'ID=test\n', 'usr/lib/bound-images.d/a.toml': text });
  const { stdout, stderr, exitCode } = await mount(path, 'echo', 'ran');
  expect([stdout, exitCode]).toEqual(['', status]);
  expect(stderr).toContain('nothing is mounted: 1 error');
});

test('a command with a path is that of where it was called', async () => {
  await writeTree(temporary, { 'own.sh': '#!/bin/sh\nls\n' });
  await chmod(join(temporary, 'own.sh'), 0o755);
  const options = { env: { ...store.env, TMPDIR: temporary }, cwd: temporary };
  const { stdout, stderr } = await runChecked(argumentsFor(root, './own.sh'), options);
  expect(stdout, stderr).toBe('00-base\n01-app\n');
});

test('an ordinary user sees the images of a storage of their own', async () => {
  const user = await newOrdinaryUser(perTest, store.env);
  const pulled = await user.podman('pull', '--quiet', '--tls-verify=false', base.tagged);
  expect(pulled.exitCode, pulled.stderr).toBe(0);
  await writeTree(join(user.home, 'os'), {
    'usr/lib/os-release': 'ID=test\n',
    'usr/lib/bound-images.d/a.toml': `images = ["${base.tagged}"]\n`,
  });
  await user.own();
  const { stdout, stderr } = await user.boundImages(
    'mount',
    '--root',
    join(user.home, 'os'),
    '--',
    'cat',
    '00-base/usr/lib/name',
  );
  expect(stdout, stderr).toBe('base');
  expect(await user.leftovers()).toEqual([]);
});

test('a command that is not there is said before anything is mounted', async () => {
  const { stderr, exitCode } = await mount(root, 'no-such-program');
  expect(exitCode).toBe(4);
  expect(stderr).toContain('no program “no-such-program”');
});

test.each(['SIGTERM', 'SIGKILL'] as const)('%s ends the command and the mounts', async (signal) => {
  const ready = join(temporary, 'ready');
  const args = argumentsFor(root, 'sh', '-c', `touch ${ready}; exec sleep 600`);
  const live = startChecked(args, { env: { ...store.env, TMPDIR: temporary } });
  await waitUntil('it is mounted', async () => readdirSync(temporary).includes('ready') || undefined);
  live.kill(signal);
  await live.finished;
  expect(await processesEnd(live.marker, 60_000)).toBe(true);
  await expectNothingLeft();
});

test('an artifact is a directory with its layers', async () => {
  const { podman } = await podmanOf('5.8');
  const own = await perTest.use(newStore(undefined, podman));
  await pushArtifact(source.registry.host, 'team/kernel:6', [
    { content: Buffer.from('a kernel'), title: 'vmlinuz' },
    { content: Buffer.from('elsewhere'), title: '../../elsewhere' },
  ]);
  const name = `${source.proxy.host}/team/kernel:6`;
  await own.podman(['artifact', 'pull', '--quiet', '--tls-verify=false', name]);
  const path = await tempDir(perTest);
  await writeTree(path, {
    'usr/lib/os-release': 'ID=test\n',
    'usr/lib/bound-images.d/a.toml': `[[artifact]]\nreference = "${name}"\n`,
  });
  const stored = ['--storage-root', own.root, '--storage-runroot', own.runroot, '--podman', podman];
  const command = [
    'sh',
    '-c',
    'cat 00-kernel/vmlinuz; ls 00-kernel; echo x 2>/dev/null >00-kernel/vmlinuz || echo kept',
  ];
  const args = ['mount', '--root', path, ...stored, '--', ...command];
  const { stdout, stderr } = await runChecked(args, { env: { ...own.env, TMPDIR: temporary } });
  expect(stdout, stderr).toMatch(/^a kernel[\da-f]{64}\nvmlinuz\nkept\n$/);
});
