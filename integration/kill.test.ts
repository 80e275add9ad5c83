import { afterEach, expect, test } from 'vitest';
import { seed } from '../test/support/seed.js';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { makeHalfCommitted } from './support/half-committed-image.js';
import { newImageSource } from './support/image-source.js';
import { killWithinLayer } from './support/kill-parts.js';
import { killRounds } from './support/kill-rounds.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';

const cleanup = newCleanup();
afterEach(cleanup.run);

// `npm run test:kill -- --moments 2 --podman VERSION --seed SEED` repeats what has failed; without arguments it
// tries many more moments.
const moments = 2;

test.each(oneOf('kill', ['4.3', '5.8', '6.1']))(
  `kill -9 at any moment costs no committed layer, and the next run completes: podman %s, seed ${seed}`,
  async (podman) => {
    let kills = 0;
    for await (const round of killRounds({ podman, moments, seed }, cleanup)) {
      expect(round.problems).toEqual([]);
      kills += round.kills.length;
    }
    expect(kills).toBe(moments);
  },
  // Pulls that are begun again and again, on however busy a machine.
  900_000,
);

test(`kill -9 within a layer costs hardly any of its bytes: seed ${seed}`, async () => {
  const megabyte = 1024 * 1024;
  const plan = { sizeBytes: 120 * megabyte, bytesPerSecond: 20 * megabyte, kills: 5, seed };
  const { ratio, problems } = await killWithinLayer(plan, cleanup);
  expect(problems).toEqual([]);
  // What a process had in memory goes with it: so much as a link brings while the machine has no time for it.
  expect(ratio).toBeLessThanOrEqual(1.1);
});

test.each([
  { name: 'beside others', wholeLayers: ['whole'], said: '' },
  { name: 'below another one', wholeLayers: ['half', 'whole'], said: 'removed the image' },
])(
  'completes an image that was being committed when podman was killed, without its layers: $name',
  async ({ wholeLayers, said }) => {
    const { proxy, pushSpec } = await newImageSource(cleanup);
    const layersOf = (seeds: readonly string[]) => ({
      layers: seeds.map((seed) => ({ seed, sizeBytes: 100 * 1024 })),
    });
    const [half, whole] = [
      await pushSpec('team/half:1', layersOf(['half'])),
      await pushSpec('team/whole:1', layersOf(wholeLayers)),
    ];
    const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', [half.pinned, whole.pinned]) });
    await host.pull();
    await makeHalfCommitted(host.store.root, half.config.digest.replace('sha256:', ''));
    expect(await host.store.podman(['images', '--all'])).toMatchObject({ exitCode: 125 });

    if (said !== '') {
      const { exitCode, stderr } = await host.run('plan');
      expect(stderr).toContain(`podman image rm ${half.config.digest.replace('sha256:', '')}`);
      expect(exitCode).toBe(1);
    }
    proxy.forget();
    const { exitCode, report, stderr } = await host.pull();
    expect(stderr).toContain(said);
    expect(report?.images).toMatchObject([
      { reference: half.pinned, state: 'pulled', digest: half.digest, attempts: 1 },
      { reference: whole.pinned, state: 'present' },
    ]);
    expect(exitCode).toBe(0);
    expect([...blobTraffic(proxy.requests()).keys()]).toEqual([half.config.digest]);
    expect(await host.store.podman(['images', '--all'])).toMatchObject({ exitCode: 0 });
    expect(await host.stored()).toEqual([half.pinned, whole.pinned]);
  },
);
