import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { exec } from './support/exec.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const kib = 1024;
let source: ImageSource;
let first: string;
let second: string;
let old: string;
let renewed: string;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  const { podman } = await podmanOf('5.8');
  const store = await cleanup.use(newStore(undefined, podman));
  const context = await tempDir(cleanup);
  await writeFile(join(context, 'base'), Buffer.alloc(1000 * kib, 'base'));
  await writeFile(join(context, 'own'), Buffer.alloc(100 * kib, 'own'));
  const push = async (name: string, lines: readonly string[]) => {
    await writeFile(join(context, 'Containerfile'), `${lines.join('\n')}\n`);
    for (const args of [
      ['build', '--tag', `localhost/${name}:1`, context],
      [
        ...['push', '--tls-verify=false', '--force-compression', '--compression-format', 'zstd:chunked'],
        ...[`localhost/${name}:1`, `${source.registry.host}/${name}:1`],
      ],
    ]) {
      expect(await store.podman(args)).toMatchObject({ exitCode: 0 });
    }
    return `${source.proxy.host}/${name}:1`;
  };
  first = await push('first', ['FROM scratch', 'COPY base /base']);
  second = await push('second', ['FROM localhost/first:1', 'COPY own /own']);
  await writeFile(join(context, 'kept'), randomBytes(2000 * kib));
  await writeFile(join(context, 'new'), randomBytes(100 * kib));
  old = await push('old', ['FROM scratch', 'COPY kept /kept']);
  renewed = await push('renewed', ['FROM scratch', 'COPY kept new /']);
});

// Fedora's containers-storage.conf has it so; such layers have no digest of compressed bytes in the store.
describe.each(oneOf('pull-in-parts', ['5.4', '5.8', '6.1']))(
  'podman %s that fetches layers in parts',
  (version) => {
    test('is known to have them', async () => {
      const programs = await podmanOf(version);
      source.proxy.forget();
      const env = await withPartialPulls();
      const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', [first, second]), programs, env });
      const pulled = await exec(
        programs.podman,
        [...host.store.podmanArgs, 'pull', '--tls-verify=false', first],
        { env: { ...host.store.env, ...env } },
      );
      expect(pulled).toMatchObject({ exitCode: 0 });
      expect(source.proxy.requests().some(({ range }) => range !== undefined)).toBe(true);

      const { stdout } = await host.run('plan', '--format', 'json');
      const [, missing] = JSON.parse(stdout).images;
      expect(missing).toMatchObject({ state: 'missing', layers: [{ present: true }, { present: false }] });
      source.proxy.forget();
      expect(await host.pull()).toMatchObject({ exitCode: 0 });
      const fetched = source.proxy.requests().map(({ path }) => path);
      expect(fetched.filter((path) => path.endsWith(`/blobs/${missing.layers[0].digest}`))).toEqual([]);
    });

    test('saves as much with us as by itself', async () => {
      const programs = await podmanOf(version);
      const env = await withPartialPulls();
      type Pull = (host: BoundHost, direct: (image: string) => Promise<unknown>) => Promise<unknown>;
      const bytesOf = async (pull: Pull) => {
        const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', [renewed]), programs, env });
        const direct = (image: string) =>
          exec(programs.podman, [...host.store.podmanArgs, 'pull', '--tls-verify=false', image], {
            env: { ...host.store.env, ...env },
          });
        expect(await direct(old)).toMatchObject({ exitCode: 0 });
        source.proxy.forget();
        expect(await pull(host, direct)).toMatchObject({ exitCode: 0 });
        return [...blobTraffic(source.proxy.requests()).values()].reduce((sum, { bytes }) => sum + bytes, 0);
      };
      const byItself = await bytesOf((_, direct) => direct(renewed));
      const withUs = await bytesOf((host) => host.pull());
      expect(byItself).toBeLessThan(500 * kib);
      expect(withUs).toBeGreaterThan(100 * kib);
      expect(withUs).toBeLessThanOrEqual(byItself);
    });
  },
);

/** A containers-storage.conf with which podman fetches layers in parts. */
async function withPartialPulls() {
  const storageConf = join(await tempDir(cleanup), 'storage.conf');
  await writeFile(
    storageConf,
    '[storage]\ndriver = "overlay"\n[storage.options.pull_options]\nenable_partial_images = "true"\n',
  );
  return { CONTAINERS_STORAGE_CONF: storageConf };
}
