import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js';
import { newImageLayout } from './support/images.js';
import { outcomesOf, placedPull, tracesOfRelay } from './support/placed-pull.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { pushImage } from './support/push-image.js';
import { startRegistry } from './support/registry.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let registry: FaultProxy;
/** A registry with nothing in it. */
let other: FaultProxy;

beforeAll(async () => {
  const [behind, empty] = await Promise.all([cleanup.use(startRegistry()), cleanup.use(startRegistry())]);
  registry = await cleanup.use(startFaultProxy({ target: behind.url }));
  other = await cleanup.use(startFaultProxy({ target: empty.url }));
  const layout = await newImageLayout(join(await tempDir(cleanup), 'layout'));
  const image = await layout.addImage({ layers: [{ seed: 'app', sizeBytes: 200 * 1024 }] });
  await pushImage(behind.host, 'team/app:1', layout, image);
});
beforeEach(() => {
  registry.forget();
  other.forget();
});

const nowhere = '127.0.0.1:1';
const policy = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });
const table = (prefix: string, location: string) =>
  `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\ninsecure = true\n`;
const clientsOf = ({ requests }: FaultProxy) => new Set(requests().map(({ client }) => client));

// Before podman 6 and since then, it looks in other places, each of them by rules of its own.
describe.each(['4.3', '5.8', '6.1'] as const)('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  test('goes to the relay, whatever this host says of the registry, and of what a relay is', async () => {
    const astray = ['registry.example.com', '127.0.0.1'].map((prefix) => table(prefix, nowhere)).join('');
    const wrong = (scope: string) =>
      JSON.stringify({ docker: { [scope]: { lookaside: `http://${nowhere}` } } });
    const pulled = await placedPull(perTest, ['registry.example.com/team/app:1'], {
      programs,
      etc: {
        'policy.json': policy,
        'registries.conf': astray,
        'registries.conf.d/99-old.conf': astray,
        'registries.rootful.conf.d/99-old.conf': astray,
        'registries.d/x.yaml': wrong('127.0.0.1'),
        'registries.rootful.d/y.yaml': wrong('127.0.0.1/x'),
        'certs.d/127.0.0.1/unusable.cert': '',
      },
      home: {
        '.config/containers/registries.conf': astray,
        '.config/containers/registries.conf.d/99-mine.conf': astray,
      },
      newRoot: { 'etc/containers/registries.conf': table('registry.example.com', registry.host) },
    });
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled'], pulled.said]);
    expect(pulled.stderr).not.toContain('by itself');
    expect(clientsOf(registry)).toEqual(new Set(['ours']));
    expect((await pulled.store.images())[0]?.names).toEqual(['registry.example.com/team/app:1']);
    expect(await tracesOfRelay(pulled)).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(pulled.library);
  });

  test('finds a short name where the next boot looks for it', async () => {
    const searched = `unqualified-search-registries = ["${other.host}", "${registry.host}"]\n`;
    const pulled = await placedPull(perTest, ['team/app:1'], {
      programs,
      etc: { 'policy.json': policy, 'registries.conf': `unqualified-search-registries = ["${nowhere}"]\n` },
      newRoot: { 'etc/containers/registries.conf': searched },
    });
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled'], pulled.said]);
    expect([clientsOf(registry), clientsOf(other)]).toEqual([new Set(['ours']), new Set(['ours'])]);
    expect((await pulled.store.images())[0]?.names).toEqual([`${registry.host}/team/app:1`]);
    expect(await tracesOfRelay(pulled)).toEqual([]);
  });

  test('whose registries.d is refused goes by itself, and says why', async () => {
    const pulled = await placedPull(perTest, [`${registry.host}/team/app:1`], {
      programs,
      etc: { 'policy.json': policy, 'registries.conf': '', 'registries.d/x.yaml': 'docker: [\n' },
    });
    expect(pulled.stderr).toContain('by itself: registries.d of this host cannot be read: /etc/containers/');
    expect([outcomesOf(pulled).includes('pulled'), pulled.said]).toEqual([false, pulled.said]);
  });
});
