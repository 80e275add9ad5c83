import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LiveCli } from './support/cli.js';
import { idOf, receiptOf, storedNames } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { type HeldRequests, holdRequests } from './support/held-requests.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type HostDeployment, newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { parseStage, runStage, stageCommand } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let source: ImageSource;
let app: SourceImage;
let slow: SourceImage;
let host: OstreeHost;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  slow = await source.push('team/slow:1');
  host = await newOstreeHost(cleanup, { tree: {} });
});
beforeEach(() => host.runOk(['podman', 'image', 'rm', '--all', '--force']));
afterEach(() => source.proxy.clearFaults());

const staged = async (...references: readonly string[]) =>
  host.stage(await host.commit(dropIn('apps', references)));
const noteOf = async () => (await host.deployments())[0]?.note;
const waitingRun = async (...args: readonly string[]) => {
  const live = host.start([...stageCommand, '--wait', '5m', ...args]);
  await waitUntil('it waits', () => live.stderr().includes('waiting for another bound-images'));
  return live;
};
const unlock = 'ostree admin lock-finalization --unlock';

describe('a host on which nothing is staged', () => {
  test('has nothing to complete, and nothing to make bootable', async () => {
    expect(await runStage(host, '--', 'touch', '/run/ran')).toMatchObject({
      exitCode: 0,
      report: { deployment: null, state: 'none', finalizationLock: null, images: [] },
    });
    expect(existsSync(host.path('/run/ran'))).toBe(false);
    expect(await host.run(['bound-images', 'stage'])).toMatchObject({
      exitCode: 0,
      stdout: 'nothing is staged\n',
    });
  });
});

describe('a deployment that someone else holds', () => {
  let deployment: HostDeployment;
  beforeEach(async () => {
    deployment = await host.stage(await host.commit(dropIn('apps', [app.pinned])), { locked: true });
  });

  test('stays held when every image is there', async () => {
    expect(await runStage(host)).toMatchObject({
      exitCode: 0,
      report: { state: 'staged', finalizationLock: 'theirs' },
    });
    expect(await noteOf()).toBe('finalization locked');
    expect(await receiptOf(host, deployment)).toMatchObject({ state: 'staged', finalizationLock: 'theirs' });
    await host.finalize();
    expect(await noteOf()).toBe('finalization locked');
  });

  test('is made bootable by the command, whose exit status is passed on', async () => {
    const command = ['sh', '-c', `podman image exists ${app.pinned} && ${unlock} >&2; exit 7`];
    expect(await runStage(host, '--', ...command)).toMatchObject({
      exitCode: 7,
      report: { state: 'staged', finalizationLock: 'theirs' },
    });
    expect(await noteOf()).toBe('staged');
  });
});

describe('a command', () => {
  test.each([
    { name: 'that ends the hold', script: `${unlock} >&2`, exitCode: 0, note: 'staged' },
    { name: 'that fails', script: 'exit 3', exitCode: 3, note: 'finalization locked' },
    { name: 'that is killed', script: 'kill -9 $$', exitCode: 137, note: 'finalization locked' },
  ])('gets the deployment held by this tool: one $name', async ({ script, exitCode, note }) => {
    await staged(app.pinned);
    const result = await runStage(host, '--', 'sh', '-c', script);
    expect(result).toMatchObject({ exitCode, report: { state: 'staged', finalizationLock: 'ours' } });
    expect(await noteOf()).toBe(note);
  });

  test('that does not exist leaves the deployment held', async () => {
    await staged(app.pinned);
    expect(await runStage(host, '--', 'no-such-program')).toMatchObject({ exitCode: 4 });
    expect(await noteOf()).toBe('finalization locked');
  });
});

describe('while an image is on its way', () => {
  let deployment: HostDeployment;
  let held: HeldRequests;
  let first: LiveCli;
  const perTest = newCleanup();
  beforeEach(async () => {
    deployment = await staged(app.pinned, slow.pinned);
    held = holdRequests(source.proxy, /team\/slow\/manifests/);
    first = host.start(stageCommand);
    perTest.add(async () => {
      held.release();
      await first.finished;
    });
    await held.come();
  });
  afterEach(perTest.run);

  test('the deployment is held, and the receipt says what is missing', async () => {
    expect(await noteOf()).toBe('finalization locked');
    expect(await receiptOf(host, deployment)).toMatchObject({
      state: 'downloading',
      finalizationLock: 'ours',
      images: [
        { reference: app.pinned, state: 'missing', digest: null },
        { reference: slow.pinned, state: 'missing', digest: null },
      ],
    });
    await host.finalize();
    expect(await noteOf()).toBe('finalization locked');
  });

  test('another one that is staged in its place is held at once, and completed instead', async () => {
    const second = await staged(app.pinned);
    await waitUntil('it is held', async () => (await noteOf()) === 'finalization locked');
    await host.finalize();
    expect((await host.deployments())[0]).toMatchObject({ checksum: second.checksum });
    // Nobody waits for an image of the first one.
    const result = await first.finished;
    expect(result.stderr).toContain('another deployment was staged meanwhile: starting over with that one\n');
    expect(parseStage(result)).toMatchObject({
      deployment: idOf(second),
      state: 'staged',
      finalizationLock: 'released',
      images: [{ reference: app.pinned }],
    });
    expect(result.exitCode).toBe(0);
    expect(await receiptOf(host, deployment)).toBeUndefined();
    expect(await receiptOf(host, second)).toMatchObject({ state: 'staged', runs: 1 });
    expect((await host.deployments())[0]).toMatchObject({ checksum: second.checksum, note: 'staged' });
  });

  test('none is completed when what was staged is dropped', async () => {
    await host.runOk(['ostree', 'admin', 'undeploy', '0']);
    expect(parseStage(await first.finished)).toMatchObject({ deployment: null, state: 'none' });
    expect(await receiptOf(host, deployment)).toBeUndefined();
  });

  test('a second run says who is at work, and one that waits goes on when that has ended', async () => {
    const refused = await runStage(host);
    expect(refused.exitCode).toBe(75);
    expect(refused.stderr).toMatch(
      /another bound-images \(process \d+, “\S+ stage --format json”, since \S+\) is/,
    );
    expect(await receiptOf(host, deployment)).toMatchObject({ state: 'downloading' });

    const waiting = await waitingRun();
    held.release();
    expect(await first.finished).toMatchObject({ exitCode: 0 });
    const second = await waiting.finished;
    expect(parseStage(second)).toMatchObject({ state: 'staged', finalizationLock: null });
    expect(second.exitCode).toBe(0);
    expect(await noteOf()).toBe('staged');
    expect(await receiptOf(host, deployment)).toMatchObject({ state: 'staged', runs: 1 });
  });

  test('one that waits completes the deployment when the first has not', async () => {
    const waiting = await waitingRun();
    first.kill('SIGKILL');
    held.release();
    expect(await waiting.finished).toMatchObject({ exitCode: 0 });
    expect(await noteOf()).toBe('staged');
    expect(await receiptOf(host, deployment)).toMatchObject({ state: 'staged', runs: 2 });
  });

  test('SIGTERM leaves the deployment held, with the reason in the receipt', async () => {
    first.kill('SIGTERM');
    expect(await first.finished).toMatchObject({ exitCode: 143 });
    expect(await receiptOf(host, deployment)).toMatchObject({
      state: 'failed',
      finalizationLock: 'ours',
      images: [{ reference: app.pinned }, { reference: slow.pinned, error: { code: 'interrupted' } }],
    });
    await host.finalize();
    expect(await noteOf()).toBe('finalization locked');
    held.release();
    expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'released' } });
    expect(await storedNames(host)).toEqual([app.pinned, slow.pinned].sort());
  });

  test.each([{ name: 'the same commit again' }, { name: 'another', image: true }])(
    'SIGTERM leaves what was staged in its place held: $name',
    async ({ image }) => {
      const second = image ? await staged(slow.pinned) : await host.stage(deployment.checksum);
      first.kill('SIGTERM');
      expect(await first.finished).toMatchObject({ exitCode: 143 });
      expect((await host.deployments())[0]).toMatchObject({
        checksum: second.checksum,
        note: 'finalization locked',
      });
      expect(await receiptOf(host, second)).toMatchObject({ state: 'failed', finalizationLock: 'ours' });
    },
  );

  test('the time limit leaves the deployment held, to be tried again', async () => {
    first.kill('SIGKILL');
    await first.finished;
    expect(await runStage(host, '--timeout', '3s')).toMatchObject({
      exitCode: 75,
      report: { state: 'failed', finalizationLock: 'ours' },
    });
    expect(await noteOf()).toBe('finalization locked');
  });
});

test('a run that waited leaves a deployment to the command of the one that completed it', async () => {
  const deployment = await staged(slow.pinned);
  const held = holdRequests(source.proxy, /team\/slow\/manifests/);
  // As bootc-fetch-apply-updates.service and bound-images-stage.path do where both are on.
  const updater = host.start([
    ...stageCommand,
    '--',
    'sh',
    '-c',
    `until [ -e /run/window ]; do sleep 0.1; done; ${unlock} >&2`,
  ]);
  await held.come();
  const watcher = await waitingRun();
  held.release();
  const left = await watcher.finished;
  expect(parseStage(left)).toMatchObject({ state: 'staged', finalizationLock: null });
  expect(await noteOf()).toBe('finalization locked');
  await host.runOk(['touch', '/run/window']);
  expect(await updater.finished).toMatchObject({ exitCode: 0 });
  expect(await noteOf()).toBe('staged');
  expect(await receiptOf(host, deployment)).toMatchObject({ state: 'staged', runs: 1 });
});

/** Runs whose lock of the store another process has. */
describe('a run that waited', () => {
  const lock = '/var/lib/containers/storage/bound-images/lock';
  let deployment: HostDeployment;
  let receipt: string;
  let holder: LiveCli;
  let waiting: LiveCli;
  beforeEach(async () => {
    deployment = await staged(slow.pinned);
    expect(await runStage(host)).toMatchObject({ exitCode: 0 });
    receipt = `/var/lib/bound-images/${idOf(deployment)}.json`;
    holder = host.start(['flock', '--no-fork', lock, 'sleep', 'infinity']);
    // As if it had looked just before the first one ended.
    const look = `mv ${receipt} /var/receipt; while flock --nonblock ${lock} true; do :; done`;
    await host.runOk(['sh', '-c', look]);
    waiting = await waitingRun();
    await host.runOk(['mv', '/var/receipt', receipt]);
  });

  test('holds what is staged by then at once, and completes it, though the first one is complete', async () => {
    const { checksum } = await staged(app.pinned);
    await waitUntil('it is held', async () => (await noteOf()) === 'finalization locked');
    holder.kill('SIGTERM');
    expect(parseStage(await waiting.finished)).toMatchObject({ finalizationLock: 'released' });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    expect(await storedNames(host)).toContain(app.pinned);
  });

  test('releases its own hold, taken after the first one had released what it completed', async () => {
    holder.kill('SIGTERM');
    expect(parseStage(await waiting.finished)).toMatchObject({
      state: 'staged',
      finalizationLock: 'released',
    });
    expect(await noteOf()).toBe('staged');
  });
});

test('completes what was staged meanwhile, though an image of the first one does not exist', async () => {
  await staged(app.tagged.replace('app', 'absent'));
  const held = holdRequests(source.proxy, /team\/absent\/manifests/);
  const live = host.start(stageCommand);
  await held.come();
  const second = await staged(app.pinned);
  held.release();
  const result = await live.finished;
  expect(parseStage(result)).toMatchObject({ deployment: idOf(second), state: 'staged' });
  expect(result.exitCode).toBe(0);
  expect((await host.deployments())[0]).toMatchObject({ checksum: second.checksum, note: 'staged' });
});

const storeRoot = '/var/lib/containers/storage';

test.each([
  { name: 'as podman does by default', args: [] },
  { name: 'by its path', args: ['--storage-root', storeRoot] },
  { name: 'behind a link', args: ['--storage-root', '/var/link-to-store'] },
  { name: 'with a state directory of its own', args: ['--state-dir', '/var/own-state'] },
])('one run at a time works on a store, the next one names it $name', async ({ args }) => {
  await host.runOk(['ln', '--symbolic', '--force', '--no-dereference', storeRoot, '/var/link-to-store']);
  const deployment = await staged(slow.pinned);
  const held = holdRequests(source.proxy, /team\/slow\/manifests/);
  const pull = host.start(['bound-images', 'pull', '--root', deployment.root]);
  await held.come();
  // The deployment is held before the store is asked for.
  expect(await runStage(host, ...args)).toMatchObject({ exitCode: 75, report: undefined });
  expect(await noteOf()).toBe('finalization locked');
  held.release();
  expect(await pull.finished).toMatchObject({ exitCode: 0 });
  expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'released' } });
});
