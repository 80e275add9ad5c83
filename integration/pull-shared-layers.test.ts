import { afterAll, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { newImageSource } from './support/image-source.js';
import { pushImage } from './support/push-image.js';
import { newCleanup } from './support/temp.js';
import { totalBytes } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const mib = 1024 * 1024;

test('a base that eight images share crosses the wire once', async () => {
  const { layout, registry, proxy } = await newImageSource(cleanup);
  const base = { seed: 'base', sizeBytes: 20 * mib };
  const names = Array.from({ length: 8 }, (_, number) => `team/app-${number}:1`);
  const sizes = new Map<string, number>();
  for (const name of names) {
    const own = { seed: name.replace(/\W/g, '-'), sizeBytes: mib / 4 };
    const { config, layers, ...image } = await layout.addImage({ layers: [base, own] });
    sizes.set(config.digest, config.size);
    for (const { digest, sizeBytes } of layers) sizes.set(digest, sizeBytes);
    await pushImage(registry.host, name, layout, image);
  }
  const references = names.map((name) => `${proxy.host}/${name}`);
  const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', references) });
  const { exitCode, report } = await host.pull('--concurrency', '8');
  expect(report?.images.map(({ state }) => state)).toEqual(names.map(() => 'pulled'));
  expect(exitCode).toBe(0);
  expect(await host.stored()).toEqual(references);
  const unique = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(totalBytes(proxy.requests()) / unique).toBeLessThanOrEqual(1.05);
});
