import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { leftToPodman } from './support/fault.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';
import { mountTmpfs } from './support/tmpfs.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.throttle(undefined);
  source.proxy.clearFaults();
  source.proxy.forget();
  await perTest.run();
});

const mib = 1024 * 1024;
let source: ImageSource;
let app: SourceImage;
let other: SourceImage;
/** Hardly anything until it is unpacked. */
let bomb: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1', { sizeBytes: 1000 });
  other = await source.push('team/other:1', { sizeBytes: 1000 });
  const zeros = '0'.repeat(16 * mib);
  const files = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`zeros-${at}`, zeros]));
  bomb = await source.push('team/bomb:1', { files });
});

describe.each(oneOf('pull-endless', ['4.3', '5.8', '6.1']))('podman %s', (version) => {
  test('a blob without end is stopped once, at the first byte behind what was announced', async () => {
    const layer = app.layers[0]?.digest ?? '';
    source.proxy.addFault({ path: new RegExp(`/blobs/${layer}`), action: { kind: 'endless' } });
    source.proxy.throttle(96 * mib);
    const programs = await podmanOf(version);
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [app.tagged, other.tagged]),
      programs,
    });
    const { exitCode, report } = await host.pull('--retries', '3');
    const bytes = app.layers[0]?.sizeBytes;
    const message = `${source.proxy.host}/team/app: ${layer} does not end after ${bytes} bytes`;
    expect(report?.images).toMatchObject([
      { state: 'failed', bytes: 0, attempts: 1, error: { code: 'oversized', message } },
      { state: 'pulled' },
    ]);
    expect(exitCode).toBe(1);
    const sent = source.proxy.requests().filter(({ digest }) => digest === layer);
    expect(sent).toHaveLength(1);
    // What fits into buffers on the way.
    expect(sent[0]?.bytesSent).toBeLessThan(16 * mib);
    expect(await host.stored()).toEqual([other.tagged]);
  });

  test('a blob without end, of which nobody knows the length, leaves the disk some room', async () => {
    source.proxy.addFault({
      path: new RegExp(`/blobs/${app.layers[0]?.digest}`),
      action: { kind: 'endless' },
    });
    source.proxy.throttle(48 * mib);
    const { path } = await perTest.use(mountTmpfs(96 * mib));
    source.proxy.addFault(leftToPodman);
    const programs = await podmanOf(version);
    const newRoot = dropIn('apps', [app.tagged]);
    const host = await newBoundHost(perTest, { newRoot, programs, env: { TMPDIR: path } });
    const { exitCode, report } = await host.pull('--retries', '3', '--min-free', '80M');
    const message = expect.stringContaining(`stopped before ${path} was full`);
    expect(report?.images).toMatchObject([{ attempts: 1, error: { code: 'no-space', message } }]);
    expect(exitCode).toBe(1);
  });

  test('a layer that is hardly anything until it is unpacked does not fill the store', async () => {
    const { path } = await perTest.use(mountTmpfs(160 * mib));
    const newRoot = dropIn('apps', [bomb.tagged]);
    const programs = await podmanOf(version);
    const host = await newBoundHost(perTest, { newRoot, programs, storeParent: path });
    const { exitCode, report } = await host.pull('--min-free', '128M');
    const message = expect.stringContaining('stopped before');
    expect(report?.images).toMatchObject([{ attempts: 1, error: { code: 'no-space', message } }]);
    expect(exitCode).toBe(1);
  });
});
