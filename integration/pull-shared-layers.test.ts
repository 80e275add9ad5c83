import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic, totalBytes } from './support/traffic.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  source.proxy.forget();
  await perTest.run();
});

const mib = 1024 * 1024;
let source: ImageSource;
beforeAll(async () => {
  source = await newImageSource(cleanup);
});

/** Pushes images that share a base of their own. */
function pushFamily(family: string, baseBytes: number, ownBytes: readonly number[]) {
  const base = { seed: `base-of-${family}`, sizeBytes: baseBytes };
  return Promise.all(
    ownBytes.map((sizeBytes, number) => {
      const own = { seed: `${family}-${number}`, sizeBytes };
      return source.pushSpec(`${family}/app-${number}:1`, { layers: [base, own] });
    }),
  );
}

test('a base that eight images share crosses the wire once', async () => {
  const images = await pushFamily('eight', 20 * mib, Array(8).fill(mib / 4));
  const sizes = new Map(
    images.flatMap(({ config, layers }) => [
      [config.digest, config.size] as const,
      ...layers.map(({ digest, sizeBytes }) => [digest, sizeBytes] as const),
    ]),
  );
  const references = images.map(({ tagged }) => tagged);
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', references) });
  const { exitCode, report } = await host.pull('--concurrency', '8');
  expect(report?.images.map(({ state }) => state)).toEqual(images.map(() => 'pulled'));
  expect(exitCode).toBe(0);
  expect(await host.stored()).toEqual(references);
  const unique = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(totalBytes(source.proxy.requests()) / unique).toBeLessThanOrEqual(1.01);
});

test('an image is complete before the one that fetches what it shares', async () => {
  const [leader, follower] = await pushFamily('two', mib, [2 * mib, mib / 4]);
  if (!leader || !follower) throw new Error('two images were pushed');
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [follower.tagged, leader.tagged]) });
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const path = new RegExp(`/blobs/${leader.layers[1]?.digest}`);
  source.proxy.addFault({ path, action: { kind: 'hold', until } });
  const live = host.startPull();
  perTest.add(release);
  await waitUntil('the follower is complete', () => live.stderr().includes(`pulled ${follower.tagged}`));
  expect(await host.stored()).toEqual([follower.tagged]);
  release();
  expect(await live.finished).toMatchObject({ exitCode: 0 });
  expect(await host.stored()).toEqual([leader.tagged, follower.tagged]);
  const base = leader.layers[0]?.digest ?? '';
  expect(blobTraffic(source.proxy.requests()).get(base)?.requests).toBe(1);
  expect(await host.leftovers()).toEqual([]);
});

test('what was saved is what did not come, also where layers are too small to wait for', async () => {
  const base = { seed: 'base-of-small', sizeBytes: 40 * 1024 };
  const images = await Promise.all(
    [0, 1, 2, 3].map((number) =>
      source.pushSpec(`small/app-${number}:1`, {
        layers: [base, { seed: `small-${number}`, sizeBytes: 1024 }],
      }),
    ),
  );
  const references = images.map(({ tagged }) => tagged);
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', references) });
  const live = host.startPull('--progress', 'json', '--concurrency', '4');
  const { exitCode, stderr } = await live.finished;
  expect(exitCode).toBe(0);
  const [shared] = images[0]?.layers ?? [];
  expect(blobTraffic(source.proxy.requests()).get(shared?.digest ?? '')?.requests).toBe(1);
  const events = stderr
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const sharedBytesSaved = 3 * (shared?.sizeBytes ?? Number.NaN);
  expect(events.at(-1)).toMatchObject({ kind: 'summary', pulled: 4, sharedBytesSaved });
});
