import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { leftToPodman } from './support/fault.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { pushImage } from './support/push-image.js';
import { newPodmanOfVersion, newProgramLog } from './support/stand-in.js';
import { newCleanup } from './support/temp.js';
import { mountTmpfs } from './support/tmpfs.js';
import { blobTraffic } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const mib = 1024 * 1024;
let source: ImageSource;
let app: SourceImage;
let large: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  large = await source.push('large/app:1', { sizeBytes: 8 * mib });
});
afterEach(() => {
  source.proxy.clearFaults();
  source.proxy.forget();
});

describe('a store without space', () => {
  async function hostOf() {
    const small = await perTest.use(mountTmpfs(4 * mib));
    const newRoot = dropIn('apps', [large.tagged, app.tagged]);
    return await newBoundHost(perTest, { newRoot, storeParent: small.path });
  }

  test('is found before a layer is asked for, and the message says how much is missing where', async () => {
    const host = await hostOf();
    const { exitCode, report } = await host.pull('--min-free', '0');
    expect(report?.images).toMatchObject([
      { reference: large.tagged, state: 'failed', attempts: 0, error: { code: 'no-space' } },
      { reference: app.tagged, state: 'failed', attempts: 0, error: { code: 'no-space' } },
    ]);
    expect(report?.images[0]?.error?.message).toMatch(/^not enough space: \d+\.\d MB are missing in \//);
    expect(report?.images[0]?.error?.message).toContain(host.store.root);
    expect(exitCode).toBe(1);
    const layers = [...large.layers, ...app.layers].map(({ digest }) => digest);
    const requested = source.proxy.requests().map(({ digest }) => digest);
    expect(requested.filter((digest) => digest !== undefined && layers.includes(digest))).toEqual([]);
  });

  test('stops the other pulls, and no attempt is wasted on it, where nobody could tell', async () => {
    const host = await hostOf();
    source.proxy.addFault(leftToPodman);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { reference: large.tagged, state: 'failed', attempts: 1, error: { code: 'no-space' } },
      { reference: app.tagged, state: 'failed', attempts: 0, error: { code: 'no-space' } },
    ]);
    expect(report?.images[0]?.error?.hint).toContain('room');
    expect(report?.images[1]?.error?.message).toContain('another pull failed');
    expect(exitCode).toBe(1);
  });
});

describe('a tool that is needed', () => {
  test.each<{
    name: string;
    args?: () => Promise<readonly string[]>;
    env?: { PATH: string };
    says: string[];
  }>([
    {
      name: 'a podman that does not exist',
      args: async () => ['--podman', '/nonexistent/podman'],
      says: ['package podman', '/nonexistent/podman'],
    },
    { name: 'podman, with an empty PATH', env: { PATH: '' }, says: ['package podman'] },
    {
      name: 'a podman that is too old',
      args: async () => ['--podman', await newPodmanOfVersion(perTest, '3.4.4')],
      says: ['package podman', '3.4.4'],
    },
  ])('is named with its package, and nothing is done without it: $name', async (row) => {
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('app', [app.tagged]),
      ...(row.env && { env: row.env }),
    });
    const result = await host.pull(...((await row.args?.()) ?? []));
    expect(result.exitCode).toBe(4);
    const { error } = JSON.parse(result.stdout);
    expect(error.code).toMatch(/^tool-(?:missing|too-old)$/);
    for (const text of row.says) {
      expect(result.stderr).toContain(text);
      expect(`${error.message} ${error.hint}`).toContain(text);
    }
    expect(source.proxy.requests()).toEqual([]);
    expect(await host.stored()).toEqual([]);
  });

  test('is not skopeo, neither for a pull nor when a tag is compared', async () => {
    const skopeo = await newProgramLog(perTest, 'skopeo');
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('app', [app.tagged]),
      env: { PATH: `${dirname(skopeo.path)}:${process.env.PATH}` },
    });
    for (const state of ['pulled', 'present']) {
      expect(await host.pull()).toMatchObject({ exitCode: 0, report: { images: [{ state }] } });
    }
    expect(await skopeo.calls()).toEqual([]);
  });
});

describe('images of which nothing is known before', () => {
  test('are pulled one after the other, and a layer is fetched once all the same', async () => {
    const base = { seed: 'base', sizeBytes: mib };
    const images = await Promise.all(
      ['a', 'b'].map(async (name) => {
        const image = await source.layout.addImage({ layers: [base, { seed: name, sizeBytes: 1000 }] });
        await pushImage(source.registry.host, `shared/${name}:1`, source.layout, image);
        return { ...image, tagged: `${source.proxy.host}/shared/${name}:1` };
      }),
    );
    const references = images.map(({ tagged }) => tagged);
    const host = await newBoundHost(perTest, { newRoot: dropIn('shared', references) });
    source.proxy.addFault(leftToPodman);
    const { exitCode, report } = await host.pull();
    expect(exitCode).toBe(0);
    expect(report?.diagnostics).toMatchObject(
      images.map(() => ({ rule: 'registry-not-asked', severity: 'info' })),
    );
    expect(await host.stored()).toEqual(references);
    const traffic = blobTraffic(source.proxy.requests());
    expect(traffic.get(images[0]?.layers[0]?.digest ?? '')?.requests).toBe(1);
    const layers = new Map(images.flatMap((image) => image.layers.map((layer) => [layer.digest, layer])));
    const layerBytes = [...layers.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const bytes = report?.images.reduce((sum, image) => sum + image.bytes, 0) ?? 0;
    // The configs may be counted, too.
    expect(bytes).toBeGreaterThanOrEqual(layerBytes);
    expect(bytes).toBeLessThan(layerBytes + 2000);
  });
});
