import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, parseReport } from './support/bound-host.js';
import type { LiveCli } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { processesEnd, processesOf } from './support/processes.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.throttle(undefined);
  source.proxy.clearFaults();
  await perTest.run();
});

const kib = 1024;
let source: ImageSource;
let small: SourceImage;
let large: SourceImage;
let host: BoundHost;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  small = await source.push('team/small:1', { sizeBytes: 20 * kib });
  large = await source.push('team/large:1', { sizeBytes: 4_000 * kib });
});
beforeEach(async () => {
  source.proxy.forget();
  host = await newBoundHost(perTest, { newRoot: dropIn('apps', [small.pinned, large.pinned]) });
});

/** Starts a pull and returns it when `small` is in the store and a part of `large`, for half a minute, is not. */
async function pullHalfWay(): Promise<LiveCli> {
  // Of the small image, which comes last, nothing is asked for before two megabytes are left of the large one.
  source.proxy.throttle(1024 * kib);
  const live = host.startPull();
  const layer = large.layers[0]?.digest;
  await waitUntil('half of the large layer is here', () =>
    source.proxy.requests().some(({ digest, bytesSent }) => digest === layer && bytesSent > 1_800 * kib),
  );
  source.proxy.throttle(64 * kib);
  await waitUntil('the small one is there', () => live.stderr().includes(`pulled ${small.pinned}`));
  return live;
}

function podmanOf({ marker }: LiveCli): Promise<number> {
  return waitUntil('podman runs', async () => {
    const running = await processesOf(marker);
    return running.find(({ args }) => args[0]?.endsWith('podman') && args.includes('pull'))?.pid;
  });
}

/** Proves that a run without interruption brings what is missing, and only that, and goes on within a layer. */
async function expectToComplete(): Promise<void> {
  source.proxy.throttle(undefined);
  const [layer] = large.layers;
  if (layer === undefined) throw new Error('it has a layer');
  const requestsOfLayer = () => source.proxy.requests().filter(({ digest }) => digest === layer.digest);
  const before = requestsOfLayer().reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  source.proxy.forget();
  const { exitCode, report } = await host.pull();
  expect(report?.images).toMatchObject([
    { reference: small.pinned, state: 'present' },
    { reference: large.pinned, state: 'pulled', digest: large.digest },
  ]);
  expect(exitCode).toBe(0);
  const fetched = [large.config.digest, ...large.layers.map(({ digest }) => digest)];
  expect([...blobTraffic(source.proxy.requests()).keys()].sort()).toEqual(fetched.sort());
  expect(requestsOfLayer()).toMatchObject([{ range: expect.stringMatching(/^bytes=\d+-$/), status: 206 }]);
  const bytes = before + (requestsOfLayer()[0]?.bytesSent ?? Number.NaN);
  // What was on its way when the run ended.
  expect(bytes / layer.sizeBytes).toBeLessThan(1.1);
  expect(report?.images[1]?.bytes).toBeLessThan(layer.sizeBytes - 50_000);
  expect(await host.stored()).toEqual([large.pinned, small.pinned]);
}

describe('a signal', () => {
  test.each<{ name: string; signals: readonly NodeJS.Signals[]; exitCode: number }>([
    { name: 'SIGINT', signals: ['SIGINT'], exitCode: 130 },
    { name: 'SIGTERM', signals: ['SIGTERM'], exitCode: 143 },
    { name: 'SIGHUP', signals: ['SIGHUP'], exitCode: 129 },
    { name: 'SIGTERM twice', signals: ['SIGTERM', 'SIGTERM'], exitCode: 143 },
  ])('ends a run in good order, and the next one carries on: $name', async ({ signals, exitCode }) => {
    const live = await pullHalfWay();
    const sentAt = performance.now();
    for (const signal of signals) live.kill(signal);
    const result = await live.finished;
    expect(performance.now() - sentAt).toBeLessThan(15_000);
    expect(result.exitCode).toBe(exitCode);
    expect(parseReport(result.stdout)?.images).toMatchObject([
      { reference: small.pinned, state: 'pulled' },
      { reference: large.pinned, state: 'failed', error: { code: 'interrupted' } },
    ]);
    expect(await processesOf(live.marker)).toEqual([]);
    expect(await host.leftovers()).toEqual([]);
    await expectToComplete();
  });

  test('does not wait for the pause before a retry', async () => {
    source.proxy.addFault({ path: /large/, action: { kind: 'status', status: 503 } });
    const live = host.startPull('--retries', '20');
    await waitUntil('the pause is long', () => live.stderr().split('the next one').length > 4);
    live.kill('SIGTERM');
    const sentAt = performance.now();
    expect(await live.finished).toMatchObject({ exitCode: 143 });
    expect(performance.now() - sentAt).toBeLessThan(4_000);
    expect(await host.leftovers()).toEqual([]);
  });
});

describe('a run beside another one', () => {
  test('says who works on the store, or waits for it until it is interrupted', async () => {
    const first = await pullHalfWay();
    const refused = await host.startPull().finished;
    expect(refused.exitCode).toBe(75);
    expect(JSON.parse(refused.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'busy' } });
    expect(refused.stderr).toContain('is at work on this store');
    const waiting = host.startPull('--wait', '10m');
    await waitUntil('it waits', () => waiting.stderr().includes('waiting for another bound-images'));
    waiting.kill('SIGTERM');
    const ended = await waiting.finished;
    expect(ended.exitCode).toBe(143);
    const error = { code: 'interrupted', message: 'stopped by SIGTERM', hint: null };
    expect(JSON.parse(ended.stdout)).toEqual({ schemaVersion: 1, error });
    first.kill('SIGTERM');
    expect(await first.finished).toMatchObject({ exitCode: 143 });
    await expectToComplete();
  });
});

describe('a podman that is killed by others', () => {
  test.each<{ signal: NodeJS.Signals }>([{ signal: 'SIGKILL' }, { signal: 'SIGTERM' }])(
    'is started again: $signal',
    async ({ signal }) => {
      const live = await pullHalfWay();
      process.kill(await podmanOf(live), signal);
      source.proxy.throttle(undefined);
      const result = await live.finished;
      expect(parseReport(result.stdout)?.images).toMatchObject([
        { reference: small.pinned, state: 'pulled', attempts: 1 },
        { reference: large.pinned, state: 'pulled', attempts: 2, error: null },
      ]);
      expect(result.exitCode).toBe(0);
      expect(await host.stored()).toEqual([large.pinned, small.pinned]);
      expect(await host.leftovers()).toEqual([]);
    },
  );
});

test('kill -9 takes podman along, and the next run removes what was left and carries on', async () => {
  const live = await pullHalfWay();
  live.kill('SIGKILL');
  expect(await live.finished).toMatchObject({ signal: 'SIGKILL' });
  expect(await processesEnd(live.marker, 60_000)).toBe(true);
  expect(await host.leftovers()).toHaveLength(1);
  await expectToComplete();
});
