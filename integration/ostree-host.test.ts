import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dropIn } from './support/entries.js';
import { newImageSource } from './support/image-source.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import type { OstreeVersion } from './support/ostree-versions.js';
import { processesOf } from './support/processes.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterEach(cleanup.run);

const legacyLock = '/run/ostree/staged-deployment-locked';

async function unlock(host: OstreeHost, ostree: OstreeVersion): Promise<void> {
  if (ostree === '2022.7') await rm(host.path(legacyLock));
  else await host.runOk(['ostree', 'admin', 'lock-finalization', '--unlock']);
}

describe.each<{ ostree: OstreeVersion; lockedNote: string }>([
  // It shows no locks.
  { ostree: '2022.7', lockedNote: 'staged' },
  { ostree: '2025.2', lockedNote: 'finalization locked' },
  { ostree: '2026.4', lockedNote: 'finalization locked' },
])('a host with libostree $ostree', ({ ostree, lockedNote }) => {
  test('boots what is staged only when it was unlocked before it was finalized', async () => {
    const tree = { 'usr/etc/kept': '1', 'usr/etc/changed': '1' };
    const host = await newOstreeHost(cleanup, { tree, ostree });
    const old = host.booted();
    await writeFile(host.path('/etc/changed'), 'by the host');
    const checksum = await host.commit({ 'usr/etc/kept': '2', 'usr/etc/changed': '2' });

    expect(await host.stage(checksum, { locked: true })).toMatchObject({ booted: false, note: lockedNote });
    await host.finalize();
    expect(await host.deployments()).toMatchObject([
      { checksum, booted: false, note: lockedNote },
      { checksum: old.checksum, booted: true },
    ]);
    await unlock(host, ostree);
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    await host.finalize();
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'pending' });

    expect(await host.reboot()).toMatchObject({ checksum });
    expect(await host.deployments()).toMatchObject([
      { checksum, booted: true, note: '' },
      { ...old, booted: false, note: 'rollback' },
    ]);
    expect(await host.runOk(['cat', '/etc/kept', '/usr/etc/changed', '/etc/changed'])).toBe('22by the host');
  });

  test('comes back in the old deployment, with nothing staged, when what is locked was finalized', async () => {
    const host = await newOstreeHost(cleanup, { tree: {}, ostree });
    const old = host.booted();
    await host.stage(await host.commit({}), { locked: true });
    await host.finalize();
    expect(await host.reboot()).toEqual(old);
    expect(await host.deployments()).toMatchObject([{ ...old, booted: true }]);
  });
});

test('loses what is staged when the power goes before it is finalized', async () => {
  const host = await newOstreeHost(cleanup, { tree: {} });
  const old = host.booted();
  await host.stage(await host.commit({}));
  expect(await host.reboot()).toEqual(old);
  expect(await host.deployments()).toHaveLength(1);
});

test('locks what is staged already, for the finalization alone', async () => {
  const host = await newOstreeHost(cleanup, { tree: {} });
  const old = host.booted();
  const checksum = await host.commit({});
  await host.stage(checksum);
  await host.runOk(['ostree', 'admin', 'lock-finalization']);
  await host.finalize();
  expect(await host.reboot()).toEqual(old);
  await host.stage(checksum);
  await host.finalize();
  expect(await host.reboot()).toMatchObject({ checksum });
});

test('replaces what is staged by another commit', async () => {
  const host = await newOstreeHost(cleanup, { tree: {} });
  await host.stage(await host.commit({}), { locked: true });
  const checksum = await host.commit({});
  await host.stage(checksum);
  expect(existsSync(host.path(legacyLock))).toBe(false);
  await host.finalize();
  expect(await host.reboot()).toMatchObject({ checksum });
});

test('boots the old deployment again after a rollback', async () => {
  const host = await newOstreeHost(cleanup, { tree: { 'usr/lib/release': 'old' } });
  const old = host.booted();
  const checksum = await host.commit({ 'usr/lib/release': 'new' });
  await host.stage(checksum);
  await host.finalize();
  await host.reboot();
  expect(await host.runOk(['cat', '/usr/lib/release'])).toBe('new');
  await host.runOk(['ostree', 'admin', 'set-default', '1']);
  expect(await host.reboot()).toEqual(old);
  expect(await host.runOk(['cat', '/usr/lib/release'])).toBe('old');
  expect(await host.deployments()).toMatchObject([
    { ...old, booted: true },
    { checksum, note: 'rollback' },
  ]);
});

test('keeps /var with podman’s store over reboots, and neither /run nor the boot ID', async () => {
  const source = await newImageSource(cleanup);
  const app = await source.push('team/app:1', { sizeBytes: 1024 });
  const host = await newOstreeHost(cleanup, { tree: {} });
  const bootId = () => host.runOk(['cat', '/proc/sys/kernel/random/boot_id']);
  const first = await bootId();
  await host.runOk(['podman', 'pull', '--tls-verify=false', app.pinned]);
  await writeFile(host.path('/run/note'), '');
  await host.reboot();
  const show = ['podman', 'image', 'inspect', '--format', '{{.Digest}}', app.pinned];
  expect(await host.runOk(['unshare', '--net', ...show])).toBe(`${app.digest}\n`);
  expect(await host.run(['ls', '/run/note'])).toMatchObject({ exitCode: 2 });
  expect(await bootId()).toBe(await bootId());
  expect(await bootId()).not.toBe(first);
});

test('runs bound-images on the running deployment', async () => {
  const host = await newOstreeHost(cleanup, { tree: dropIn('apps', ['registry.example.com/team/app:1']) });
  const list = JSON.parse(await host.runOk(['bound-images', 'list', '--format', 'json']));
  expect(list).toMatchObject({ root: '/', images: [{ reference: 'registry.example.com/team/app:1' }] });
});

describe('a program', () => {
  const hostCleanup = newCleanup();
  let host: OstreeHost;
  beforeAll(async () => {
    host = await newOstreeHost(hostCleanup, { tree: {} });
    vi.stubEnv('CALLER', 'no');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hostCleanup.run();
  });

  test.each([
    { name: 'its exit status', script: 'exit 75', ending: { exitCode: 75, signal: undefined } },
    { name: 'its signal', script: 'kill -9 $$', ending: { exitCode: undefined, signal: 'SIGKILL' } },
    { name: 'its input and output', script: 'cat; echo no >&2', ending: { stdout: 'input', stderr: 'no\n' } },
    { name: 'its environment', script: 'echo $GIVEN $CALLER', ending: { stdout: 'yes\n' } },
  ])('shows $name, and nothing of what starts it', async ({ script, ending }) => {
    const result = await host.run(['sh', '-c', script], { env: { GIVEN: 'yes' }, input: 'input' });
    expect(result).toMatchObject(ending);
  });

  const handler =
    'process.on("SIGTERM", () => process.exit(3)); console.log("ready"); setTimeout(() => 0, 60_000)';

  test('gets a signal that is sent before it has begun', async () => {
    const live = host.start(['node', '-e', handler]);
    live.kill('SIGTERM');
    expect(await live.finished).toMatchObject({ exitCode: undefined, signal: 'SIGTERM' });
  });

  test('gets a signal that it handles', async () => {
    const live = host.start(['node', '-e', handler]);
    await waitUntil('it is ready', () => live.stdout() !== '');
    live.kill('SIGTERM');
    expect(await live.finished).toMatchObject({ exitCode: 3, signal: undefined });
  });

  test('gets TERM when the caller gives up', async () => {
    const result = await host.run(['sleep', '60'], { signal: AbortSignal.timeout(50) });
    expect(result).toMatchObject({ exitCode: undefined, signal: 'SIGTERM' });
  });

  test('ends with the system, and so does what it has left in the background', async () => {
    const live = host.start(['sh', '-c', 'setsid sleep 60 & setsid sleep 60']);
    await waitUntil('both run', async () => (await processesOf(live.marker)).length >= 2);
    await host.reboot();
    expect(await live.finished).toMatchObject({ exitCode: undefined, signal: 'SIGKILL' });
    expect(await processesOf(live.marker)).toEqual([]);
  });
});

test('leaves no mount, process or file behind', async () => {
  const host = await newOstreeHost(cleanup, { tree: {} });
  const live = host.start(['sleep', '60']);
  const inside = await host.runOk(['cat', '/proc/self/mountinfo']);
  // As its file system names it, of which another directory may be / here, or the one of temporary files.
  const [, name = ''] = / \S*\/([^/\s]+)\/sysroot \/sysroot /.exec(inside) ?? [];
  const directory = join(tmpdir(), name);
  // Other tests mount and unmount at the same time.
  const ownMounts = async () => {
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    return mounts.split('\n').filter((line) => line.includes(directory));
  };
  expect(existsSync(join(directory, 'sysroot'))).toBe(true);
  expect(await ownMounts()).toEqual([]);
  await cleanup.run();
  await live.finished;
  expect(existsSync(host.path('/'))).toBe(false);
  expect(existsSync(directory)).toBe(false);
  expect(await ownMounts()).toEqual([]);
});
