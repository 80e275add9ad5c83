import { afterAll, afterEach, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { newImageSource } from './support/image-source.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

test('--limit-rate holds for all images of a run together', async () => {
  const source = await newImageSource(cleanup);
  const images = await Promise.all(
    ['one', 'two'].map((name) => source.push(`team/${name}:1`, { sizeBytes: 1_500_000 })),
  );
  const references = images.map(({ pinned }) => pinned);
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', references) });
  const startedAt = performance.now();
  const { exitCode, report } = await host.pull('--limit-rate', '1M');
  const seconds = (performance.now() - startedAt) / 1000;
  expect(report?.images.map(({ state }) => state)).toEqual(['pulled', 'pulled']);
  expect(exitCode).toBe(0);
  const bytes = images.flatMap(({ layers }) => layers).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  // What may come at once at the beginning, and the last piece that was read.
  expect(seconds).toBeGreaterThan(bytes / 1_000_000 - 0.5);
  expect(await host.stored()).toEqual(references.toSorted());
});
