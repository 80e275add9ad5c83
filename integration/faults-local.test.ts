import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newProgramOfVersion } from './support/stand-in.js';
import { newCleanup } from './support/temp.js';
import { mountTmpfs } from './support/tmpfs.js';

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

test('a store without space stops the other pulls, and no attempt is wasted on it', async () => {
  const small = await perTest.use(mountTmpfs(4 * mib));
  const host = await newBoundHost(perTest, {
    newRoot: dropIn('apps', [large.tagged, app.tagged]),
    storeParent: small.path,
  });
  // It would last for ever: only the other pull can end it.
  source.proxy.addFault({ path: /team\/app\/blobs/, action: { kind: 'stall', afterBytes: 0 } });
  const { exitCode, report } = await host.pull();
  expect(report?.images).toMatchObject([
    { reference: large.tagged, state: 'failed', attempts: 1, error: { code: 'no-space' } },
    { reference: app.tagged, state: 'failed', attempts: 1, error: { code: 'no-space' } },
  ]);
  expect(report?.images[0]?.error?.hint).toContain('room');
  expect(report?.images[1]?.error?.message).toContain('another pull failed');
  expect(exitCode).toBe(1);
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
      name: 'a skopeo that does not exist',
      args: async () => ['--skopeo', '/nonexistent/skopeo'],
      says: ['package skopeo', '/nonexistent/skopeo'],
    },
    {
      name: 'a podman that is too old',
      args: async () => ['--podman', await newProgramOfVersion(perTest, 'podman', '3.4.4')],
      says: ['package podman', '3.4.4'],
    },
  ])('is named with its package, and nothing is done without it: $name', async (row) => {
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('app', [app.tagged]),
      ...(row.env && { env: row.env }),
    });
    const result = await host.pull(...((await row.args?.()) ?? []));
    expect(result).toMatchObject({ exitCode: 4, stdout: '' });
    for (const text of row.says) expect(result.stderr).toContain(text);
    expect(source.proxy.requests()).toEqual([]);
    expect(await host.stored()).toEqual([]);
  });

  test('is skopeo, not too old, as soon as a tag is compared', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    source.proxy.forget();
    const result = await host.pull('--skopeo', await newProgramOfVersion(perTest, 'skopeo', '1.4.1'));
    expect(result).toMatchObject({ exitCode: 4, stdout: '' });
    for (const text of ['package skopeo', '1.4.1']) expect(result.stderr).toContain(text);
    expect(source.proxy.requests()).toEqual([]);
  });

  test('is not skopeo when no tag is to be compared', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const args = ['--skopeo', '/nonexistent/skopeo', '--pull-policy', 'missing'];
    expect(await host.pull(...args)).toMatchObject({ exitCode: 0 });
    expect(await host.stored()).toEqual([app.tagged]);
  });
});
