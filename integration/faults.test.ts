import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, parseReport } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import type { Fault, FaultAction } from './support/fault.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  source.proxy.throttle(undefined);
  await source.proxy.accept();
  await perTest.run();
});

let source: ImageSource;
let app: SourceImage;
let others: readonly SourceImage[];

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  others = [await source.push('team/later:1'), await source.push('other/app:1')];
});

const newHost = (references: readonly string[]) =>
  newBoundHost(perTest, { newRoot: dropIn('apps', references) });

const manifest = /team\/app\/manifests\//;
const layer = () => new RegExp(`team/app/blobs/${app.layers[0]?.digest}`);
const status = (code: number): FaultAction => ({ kind: 'status', status: code });

describe('a fault that passes', () => {
  const cut: FaultAction = { kind: 'cut', afterBytes: 50_000 };

  test.each([500, 503])('costs no attempt where the plan outlasts it: status %i', async (code) => {
    source.proxy.addFault({ path: manifest, times: 1, action: status(code) });
    const host = await newHost([app.pinned]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', digest: app.digest, attempts: 1, error: null }]);
    expect(exitCode).toBe(0);
  });

  test.each<{ name: string; fault: () => Fault }>([
    { name: 'status 500 for a blob', fault: () => ({ path: layer(), action: status(500) }) },
    { name: 'status 503 for a blob', fault: () => ({ path: layer(), action: status(503) }) },
    { name: 'a blob that is cut short', fault: () => ({ path: layer(), action: cut }) },
    { name: 'a corrupt blob', fault: () => ({ path: layer(), action: { kind: 'corrupt' } }) },
  ])('costs one more attempt: $name', async ({ fault }) => {
    source.proxy.addFault({ ...fault(), times: 1 });
    const host = await newHost([app.pinned]);
    const { exitCode, report, stderr } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', digest: app.digest, attempts: 2, error: null }]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/attempt 1 failed, the next one in \d+\.\d s: /);
    expect(await host.stored()).toEqual([app.pinned]);
  });

  test('takes nothing away of what has come: a blob that is cut short goes on from there', async () => {
    source.proxy.forget();
    source.proxy.addFault({ path: layer(), times: 1, action: cut });
    const host = await newHost([app.pinned]);
    const { exitCode, report } = await host.pull();
    const fetched = source.proxy.requests().filter(({ path }) => path.search(layer()) !== -1);
    expect(fetched).toMatchObject([
      { client: 'ours', range: undefined, complete: false },
      { client: 'ours', range: 'bytes=50000-', status: 206, complete: true },
    ]);
    const [layerSize, configSize] = [app.layers[0]?.sizeBytes ?? Number.NaN, app.config.size];
    expect(fetched.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(layerSize);
    expect(report?.images).toMatchObject([{ state: 'pulled', digest: app.digest, attempts: 2, error: null }]);
    expect([layerSize, layerSize + configSize]).toContain(report?.images[0]?.bytes);
    expect(exitCode).toBe(0);
    expect(await host.stored()).toEqual([app.pinned]);
  });

  test('is outlasted when it is 429, within the plan where Retry-After is short', async () => {
    const action: FaultAction = { kind: 'status', status: 429, retryAfterSeconds: 1 };
    source.proxy.addFault({ path: manifest, times: 2, action });
    const host = await newHost([app.pinned]);
    const { exitCode, report, durationMs } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(exitCode).toBe(0);
    expect(durationMs).toBeGreaterThan(2_000);
  });

  test('is outlasted when it is 429 until the plan gives up', async () => {
    const action: FaultAction = { kind: 'status', status: 429, retryAfterSeconds: 0 };
    source.proxy.addFault({ path: manifest, action });
    const host = await newHost([app.pinned]);
    const live = host.startPull();
    await waitUntil('the first attempt has failed', () => live.stderr().includes('the next one in'));
    source.proxy.clearFaults();
    const { exitCode, stdout, stderr } = await live.finished;
    expect(parseReport(stdout)?.images).toMatchObject([{ state: 'pulled', attempts: 2 }]);
    expect(exitCode).toBe(0);
    expect(await host.leftovers()).toEqual([]);
    const waited = Number(/the next one in (\d+\.\d) s: .*pull rate limit/.exec(stderr)?.[1]);
    expect(waited).toBeLessThanOrEqual(15);
  });

  test('is outlasted when it is 429 for a blob, as long as the registry wants it', async () => {
    const action: FaultAction = { kind: 'status', status: 429, retryAfterSeconds: 2 };
    source.proxy.addFault({ path: layer(), times: 1, action });
    source.proxy.forget();
    const host = await newHost([app.pinned]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 2 }]);
    expect(exitCode).toBe(0);
    const [refused, given] = source.proxy.requests().filter(({ path }) => path.search(layer()) !== -1);
    expect((given?.startedAtMs ?? 0) - (refused?.startedAtMs ?? 0)).toBeGreaterThan(1_900);
  });
});

describe('a fault that stays', () => {
  const stays: { name: string; fault: () => Fault; code: string; exitCode: number; attempts: number }[] = [
    {
      name: '401',
      fault: () => ({ path: manifest, action: status(401) }),
      code: 'unauthorized',
      exitCode: 1,
      attempts: 1,
    },
    {
      name: '403',
      fault: () => ({ path: manifest, action: status(403) }),
      code: 'denied',
      exitCode: 1,
      attempts: 1,
    },
    {
      name: '404',
      fault: () => ({ path: manifest, action: status(404) }),
      code: 'manifest-unknown',
      exitCode: 1,
      attempts: 1,
    },
    {
      name: '503',
      fault: () => ({ path: manifest, action: status(503) }),
      code: 'server-error',
      exitCode: 75,
      attempts: 6,
    },
    {
      name: 'a blob that is cut short',
      fault: () => ({ path: layer(), action: { kind: 'cut', afterBytes: 50_000 } }),
      code: 'connection',
      exitCode: 75,
      attempts: 2,
    },
  ];

  test.each(stays)('ends with status $exitCode and leaves the store as it was: $name', async (row) => {
    source.proxy.addFault(row.fault());
    const host = await newHost([app.pinned]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { state: 'failed', digest: null, attempts: row.attempts, error: { code: row.code } },
    ]);
    expect(exitCode).toBe(row.exitCode);
    expect(await host.stored()).toEqual([]);
  });

  test('does not stop the other images, and the status is that of the image which no retry helps', async () => {
    source.proxy.addFault({ path: manifest, action: status(404) });
    source.proxy.addFault({ path: /other\/app\/manifests\//, times: 1, action: status(503) });
    const host = await newHost([app.tagged, ...others.map(({ tagged }) => tagged)]);
    const { exitCode, report } = await host.pull();
    expect(report?.images.map(({ state }) => state)).toEqual(['failed', 'pulled', 'pulled']);
    expect(exitCode).toBe(1);
    expect(await host.stored()).toEqual(others.map(({ tagged }) => tagged).sort());
  });

  test('leaves their attempts to the other images of a registry that answers them', async () => {
    const [later] = others;
    if (!later) throw new Error('other images were pushed');
    source.proxy.addFault({ path: layer(), rest: true, action: { kind: 'cut', afterBytes: 0 } });
    source.proxy.addFault({ path: layer(), action: { kind: 'cut', afterBytes: 50_000 } });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    perTest.add(release);
    const path = new RegExp(`team/later/blobs/${later.layers[0]?.digest}`);
    source.proxy.addFault({ path, times: 1, action: { kind: 'cut', afterBytes: 50_000, until } });
    const host = await newHost([app.tagged, later.tagged]);
    const live = host.startPull();
    await waitUntil('the first image has failed', () => live.stderr().includes(`failed ${app.tagged}`));
    release();
    const { exitCode, stdout } = await live.finished;
    expect(parseReport(stdout)?.images).toMatchObject([
      { state: 'failed', attempts: 2, error: { code: 'connection' } },
      { state: 'pulled', attempts: 2, error: null },
    ]);
    expect(exitCode).toBe(75);
  });

  test('is a registry that is not there: status 75', async () => {
    await source.proxy.refuse();
    const host = await newHost([app.tagged]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', attempts: 2, error: { code: 'connection' } }]);
    expect(exitCode).toBe(75);
  });

  test.each<{ name: string; action: FaultAction; path: () => RegExp }>([
    { name: 'in a blob', path: layer, action: { kind: 'stall', afterBytes: 50_000 } },
    { name: 'before a manifest', path: () => manifest, action: { kind: 'delay', ms: 60_000 } },
  ])('is a silent registry: status 75 at the time limit, $name', async ({ path, action }) => {
    source.proxy.addFault({ path: path(), action });
    const host = await newHost([app.tagged, ...others.map(({ tagged }) => tagged)]);
    const { exitCode, report, durationMs } = await host.pull('--timeout', '12s');
    expect(report?.images).toMatchObject([
      { reference: app.tagged, state: 'failed', error: { code: 'timeout' } },
      { reference: others[0]?.tagged, state: 'pulled' },
      { reference: others[1]?.tagged, state: 'pulled' },
    ]);
    expect(exitCode).toBe(75);
    expect(durationMs).toBeLessThan(21_000);
  });
});
