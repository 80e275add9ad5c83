import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, outputOf } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();

let source: ImageSource;
let app: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
});
afterEach(async () => {
  await source.proxy.accept();
  await perTest.run();
});

/** Two ways to say what `app:1` is. */
const ways = [
  {
    name: 'an alias',
    short: 'myapp:1',
    conf: () => `[aliases]\n"myapp" = "${source.proxy.host}/team/app"\n`,
  },
  {
    name: 'a registry to look in',
    short: 'team/app:1',
    conf: () => `unqualified-search-registries = ["${source.proxy.host}"]\n`,
  },
];

describe.each(oneOf('short-names', ['4.3', '5.8', '6.1']))('with podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  describe.each(ways)('a short name that has $name', ({ short, conf }) => {
    async function pulledHost() {
      const newRoot: Tree = {
        'usr/lib/os-release': 'ID=test\n',
        ...dropIn('apps', [short]),
        'etc/containers/registries.conf': `${conf()}[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
      };
      const host = await newBoundHost(perTest, { newRoot, programs });
      const first = await host.pull();
      expect(first.report?.images, outputOf(first)).toMatchObject([{ reference: short, state: 'pulled' }]);
      expect(await host.stored()).toEqual([app.tagged]);
      source.proxy.forget();
      return host;
    }

    test('is found under its full name by the next pull, and compared with its registry', async () => {
      const host = await pulledHost();
      const second = await host.pull();
      expect(second.report, outputOf(second)).toMatchObject({
        images: [{ reference: short, state: 'present', digest: app.digest, attempts: 0 }],
      });
      expect([...blobTraffic(source.proxy.requests()).keys()]).toEqual([]);
      expect(source.proxy.requests().map(({ path }) => path)).toContain('/v2/team/app/manifests/1');
    });

    test('is pulled again when its tag has moved', async () => {
      const host = await pulledHost();
      const moved = await source.push('team/app:1', { seed: 'moved' });
      const second = await host.pull();
      app = await source.push('team/app:1');
      expect(second.report?.images, outputOf(second)).toMatchObject([
        { reference: short, state: 'pulled', digest: moved.digest },
      ]);
    });

    test('is present without its registry, for a pull and for the gate', async () => {
      const host = await pulledHost();
      await source.proxy.refuse();
      const second = await host.pull('--pull-policy', 'missing');
      expect(second.report?.images, outputOf(second)).toMatchObject([
        { reference: short, state: 'present', digest: app.digest },
      ]);
      expect(second.exitCode).toBe(0);
      const gate = await host.run('gate', '--format', 'json');
      expect(JSON.parse(gate.stdout)).toMatchObject({ images: [{ reference: short, state: 'present' }] });
      expect(gate.exitCode).toBe(0);
    });
  });
});
