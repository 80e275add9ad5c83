import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type Fault, leftToPodman } from './support/fault.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newProgramLog } from './support/stand-in.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  source.proxy.throttle(undefined);
  await perTest.run();
});

let source: ImageSource;
let app: SourceImage;
let other: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1', { sizeBytes: 200 * 1024 });
  other = await source.push('team/other:1');
});

const forEver = new Promise<never>(() => {});
const newHost = () => newBoundHost(perTest, { newRoot: dropIn('apps', [app.pinned, other.pinned]) });
const layer = () => new RegExp(`team/app/blobs/${app.layers[0]?.digest}`);

describe('a request that stands still', () => {
  test.each<{ name: string; fault: () => Fault }>([
    {
      name: 'within a layer',
      fault: () => ({ path: layer(), action: { kind: 'stall', afterBytes: 50_000 } }),
    },
    {
      name: 'before the answer for a layer',
      fault: () => ({ path: layer(), action: { kind: 'hold', until: forEver } }),
    },
  ])('is stopped and made again: $name', async ({ fault }) => {
    source.proxy.addFault({ ...fault(), times: 1 });
    const host = await newHost();
    const podman = await newProgramLog(perTest, 'podman');
    const { exitCode, report, stderr } = await host.pull('--stall-timeout', '2s', '--podman', podman.path);
    expect(report?.images).toMatchObject([
      { reference: app.pinned, state: 'pulled', attempts: 2, error: null },
      { reference: other.pinned, state: 'pulled', attempts: 1, error: null },
    ]);
    expect(stderr).toMatch(/attempt 1 failed, the next one in .*: nothing came for 2 s/);
    expect(exitCode).toBe(0);
    expect(await host.stored()).toEqual([app.pinned, other.pinned]);
    // podman waits, and is not started again.
    const pulls = (await podman.calls()).filter((call) => / pull .*team\/app@/.test(call));
    expect(pulls).toHaveLength(1);
  });

  test('ends with status 75 when the next attempt stands still as well', async () => {
    source.proxy.addFault({ path: layer(), action: { kind: 'stall', afterBytes: 50_000 } });
    const host = await newHost();
    const { exitCode, report } = await host.pull('--stall-timeout', '2s');
    expect(report?.images).toMatchObject([
      { state: 'failed', digest: null, attempts: 2, error: { code: 'stalled' } },
      { state: 'pulled' },
    ]);
    expect(report?.images[0]?.error?.message).toContain('nothing came for 2 s');
    expect(report?.images[0]?.error?.hint).toContain('--stall-timeout');
    expect(exitCode).toBe(75);
    expect(await host.stored()).toEqual([other.pinned]);
  });

  test('in vain leaves no further attempts to the other images of its registry', async () => {
    // Nothing is known of them, and each is pulled alone.
    source.proxy.addFault(leftToPodman);
    source.proxy.addFault({ path: /\/manifests\//, action: { kind: 'stall', afterBytes: 0 } });
    const third = `${source.proxy.host}/team/third:1`;
    const newRoot = dropIn('apps', [app.pinned, other.pinned, third]);
    const host = await newBoundHost(perTest, { newRoot });
    const { exitCode, report } = await host.pull('--stall-timeout', '1s', '--concurrency', '1');
    expect(report?.images.map(({ error }) => error?.code)).toEqual(['stalled', 'stalled', 'stalled']);
    expect(report?.images[0]?.attempts).toBe(2);
    expect(report?.images[2]?.attempts).toBe(1);
    expect(exitCode).toBe(75);
  });

  test('is told from one that is slow', async () => {
    source.proxy.forget();
    source.proxy.throttle(50 * 1024);
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.pinned]) });
    const { exitCode, report } = await host.pull('--stall-timeout', '2s');
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(exitCode).toBe(0);
    const [fetched] = source.proxy.requests().filter(({ path }) => layer().test(path));
    const tookMs = (fetched?.endedAtMs ?? Number.NaN) - (fetched?.startedAtMs ?? Number.NaN);
    expect(tookMs).toBeGreaterThan(3_000);
  });
});
