import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBoundHost, parseReport } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { leftToPodman } from './support/fault.js';
import { authJson, makeRoots, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { hostPlatform } from './support/images.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { processesEnd } from './support/processes.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';
import { podmanVersions } from './support/unpacked-podman.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.throttle(undefined);
  for (const { proxy } of [source, guarded]) proxy.clearFaults();
  await perTest.run();
});

const kib = 1024;
const creds = 'robot:correct';
const otherPlatform = {
  os: 'linux',
  architecture: hostPlatform.architecture === 's390x' ? 'arm64' : 's390x',
};

let source: ImageSource;
let guarded: ImageSource;
let family: readonly SourceImage[];
let relative: SourceImage;
let flaky: SourceImage;
let large: SourceImage;
let small: SourceImage;
let foreign: SourceImage;
let secret: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  const base = { seed: 'base', sizeBytes: 1000 * kib };
  const pushRelative = (name: string) => {
    const own = { seed: name, sizeBytes: 200 * kib };
    return source.pushSpec(`team/${name}:1`, { layers: [base, own] });
  };
  family = await Promise.all(['a', 'b', 'c'].map(pushRelative));
  relative = await pushRelative('d');
  flaky = await source.push('team/flaky:1');
  large = await source.push('team/large:1', { sizeBytes: 4_000 * kib });
  small = await source.push('team/small:1', { sizeBytes: 20 * kib });
  const layers = [{ seed: 'foreign', sizeBytes: kib }];
  foreign = await source.pushSpec('team/foreign:1', { layers, platform: otherPlatform });
  guarded = await newImageSource(cleanup, {
    auth: { kind: 'htpasswd', users: { robot: 'correct' } },
    creds,
  });
  secret = await guarded.push('team/secret:1');
});
beforeEach(() => {
  source.proxy.forget();
  guarded.proxy.forget();
});

describe.each(podmanVersions)('with podman %s, a pull', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  const newHost = (newRoot: Tree) => newBoundHost(perTest, { newRoot, programs });
  const fetched = (image: SourceImage) => {
    const traffic = blobTraffic(source.proxy.requests());
    return image.layers.map(({ digest }) => traffic.get(digest)?.requests ?? 0);
  };

  test('fetches each layer once, and later only what the store does not have', async () => {
    const references = family.map(({ tagged }) => tagged);
    const host = await newHost(dropIn('apps', references));
    const first = await host.pull();
    expect(first.report?.images).toMatchObject(
      family.map(({ tagged, digest }) => ({ reference: tagged, state: 'pulled', digest, attempts: 1 })),
    );
    expect(first.exitCode).toBe(0);
    expect(family.map(fetched)).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(first.report?.images.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(1000 * kib);

    source.proxy.forget();
    const second = await host.pull();
    expect(second.report?.images.map(({ state }) => state)).toEqual(['present', 'present', 'present']);
    expect(second.exitCode).toBe(0);
    expect(blobTraffic(source.proxy.requests())).toEqual(new Map());

    const update = await perTest.use(makeRoots({ newRoot: dropIn('apps', [relative.pinned]) }));
    const third = await host.pull('--root', update.newRoot);
    expect(third.report?.images).toMatchObject([{ state: 'pulled', digest: relative.digest }]);
    expect(fetched(relative)).toEqual([0, 1]);
  });

  test('brings what can be had, and tells of each other image why it cannot', async () => {
    const references = [secret.tagged, `${source.proxy.host}/team/absent:1`, foreign.tagged, flaky.tagged];
    const host = await newHost(dropIn('apps', references));
    const path = new RegExp(`/blobs/${flaky.layers[0]?.digest}`);
    source.proxy.addFault({ path, times: 1, action: { kind: 'status', status: 503 } });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { state: 'failed', error: { code: 'unauthorized' } },
      { state: 'failed', error: { code: 'manifest-unknown' } },
      { state: 'failed', error: { code: 'no-platform' } },
      { state: 'pulled', digest: flaky.digest, attempts: 2, error: null },
    ]);
    expect(exitCode).toBe(1);
    expect(await host.stored()).toEqual([flaky.tagged]);

    // Where it is podman that meets the registry's refusals.
    for (const { proxy } of [source, guarded]) proxy.addFault(leftToPodman);
    const update = await perTest.use(makeRoots({ newRoot: dropIn('apps', references.slice(0, 2)) }));
    const again = await host.pull('--root', update.newRoot);
    expect(again.report?.images).toMatchObject([
      { state: 'failed', attempts: 1, error: { code: 'unauthorized' } },
      { state: 'failed', attempts: 1, error: { code: 'manifest-unknown' } },
    ]);
    expect(again.exitCode).toBe(1);
  });

  test('takes the credentials of the root to a registry that wants some', async () => {
    const host = await newHost({
      ...dropIn('app', [secret.tagged]),
      'etc/ostree/auth.json': authJson({ [guarded.proxy.host]: creds }),
    });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', digest: secret.digest, error: null }]);
    expect(exitCode).toBe(0);
  });

  test('ends in good order when it is interrupted, and the next one carries on', async () => {
    const host = await newHost(dropIn('apps', [large.pinned, small.pinned]));
    source.proxy.throttle(256 * kib);
    const live = host.startPull();
    await waitUntil('the small image is there, and the large one on its way', () => {
      const layer = source.proxy.requests().find(({ digest }) => digest === large.layers[0]?.digest);
      return live.stderr().includes(`pulled ${small.pinned}`) && (layer?.bytesSent ?? 0) > 50_000;
    });
    live.kill('SIGTERM');
    const result = await live.finished;
    expect(parseReport(result.stdout)?.images).toMatchObject([
      { reference: large.pinned, state: 'failed', error: { code: 'interrupted' } },
      { reference: small.pinned, state: 'pulled' },
    ]);
    expect(result.exitCode).toBe(143);
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    expect(await host.leftovers()).toEqual([]);

    source.proxy.throttle(undefined);
    source.proxy.forget();
    const next = await host.pull();
    expect(next.report?.images.map(({ state }) => state)).toEqual(['pulled', 'present']);
    expect(next.exitCode).toBe(0);
    expect(blobTraffic(source.proxy.requests()).has(small.layers[0]?.digest ?? '')).toBe(false);
  });
});
