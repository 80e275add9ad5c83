import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup } from './support/temp.js';
import { mountTmpfs } from './support/tmpfs.js';

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
let app: SourceImage;
let large: SourceImage;
/** Hardly anything until it is unpacked. */
let dense: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  large = await source.push('team/large:1', { sizeBytes: 8 * mib });
  dense = await source.push('team/dense:1', { files: { zeros: '0'.repeat(8 * mib) } });
});

test('what an earlier run has kept of layers goes where there is no room beside it', async () => {
  const { path } = await perTest.use(mountTmpfs(40 * mib));
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [large.pinned]), storeParent: path });
  const parts = join(host.store.root, 'bound-images/parts');
  await mkdir(parts, { recursive: true });
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const part = `sha256-${'0'.repeat(64)}`;
  await writeFile(join(parts, part), Buffer.alloc(30 * mib, 'x'));
  await writeFile(join(parts, `${part}.journal`), JSON.stringify({ boot, flushed: 0 }));
  const { exitCode, report } = await host.pull('--min-free', '1M');
  expect(report?.images).toMatchObject([{ state: 'pulled' }]);
  expect(exitCode).toBe(0);
  expect(await readdir(parts)).toEqual([]);
});

test('nothing is kept of a layer for which nothing is to be kept', async () => {
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [large.pinned]) });
  source.proxy.throttle(2 * mib);
  try {
    const { exitCode } = await host.pull('--keep-parts', '0', '--timeout', '3s');
    expect(exitCode).toBe(75);
  } finally {
    source.proxy.throttle(undefined);
  }
  const kept = await readdir(join(host.store.root, 'bound-images/parts')).catch(() => []);
  expect(kept).toEqual([]);
});

describe('too little space', () => {
  test.each<{
    name: string;
    small: 'store' | 'temporary';
    minFree: string;
    image: () => SourceImage;
    missing: RegExp;
  }>([
    {
      name: 'in the store for what must stay free',
      small: 'store',
      minFree: '64M',
      image: () => app,
      missing: /: 63\.\d MB are missing in .* 64M to be left free/,
    },
    {
      name: 'in the directory for temporary files',
      small: 'temporary',
      minFree: '1M',
      image: () => large,
      missing: /: 5\.\d MB are missing in /,
    },
  ])('is found before podman pulls: $name', async ({ small, minFree, image, missing }) => {
    const { path } = await perTest.use(mountTmpfs(4 * mib));
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [image().tagged, `${image().pinned}`]),
      ...(small === 'store' ? { storeParent: path } : { env: { TMPDIR: path } }),
    });
    const { exitCode, report } = await host.pull('--min-free', minFree);
    const error = { code: 'no-space', message: expect.stringMatching(missing) };
    expect(report?.images).toMatchObject([
      { state: 'failed', attempts: 0, error },
      { state: 'failed', attempts: 0, error },
    ]);
    expect(report?.images[0]?.error?.message).toContain(small === 'store' ? host.store.root : path);
    expect(report?.images[0]?.error?.hint).toContain('--min-free');
    expect(exitCode).toBe(1);
    expect(source.proxy.requests().filter(({ client }) => client !== 'ours')).toEqual([]);

    const planned = await host.run('plan', '--min-free', minFree);
    expect(planned.stdout).toMatch(missing);
    expect(planned.exitCode).toBe(1);
  });

  test('that no plan foresees stops the other pulls, and no attempt is wasted on it', async () => {
    const { path } = await perTest.use(mountTmpfs(4 * mib));
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [dense.tagged, app.tagged]),
      storeParent: path,
    });
    // It would last for ever: only the other pull can end it.
    const action = { kind: 'stall', afterBytes: 0 } as const;
    source.proxy.addFault({ path: /team\/app\/blobs/, action });
    const { exitCode, report } = await host.pull('--min-free', '0');
    expect(report?.images).toMatchObject([
      { reference: dense.tagged, state: 'failed', attempts: 1, error: { code: 'no-space' } },
      { reference: app.tagged, state: 'failed', attempts: 1, error: { code: 'no-space' } },
    ]);
    expect(report?.images[0]?.error?.hint).toContain('make room');
    expect(report?.images[1]?.error?.message).toContain('another pull failed');
    expect(exitCode).toBe(1);
  });
});
