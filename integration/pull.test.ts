import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type BuiltIndex, hostPlatform, layoutName } from './support/images.js';
import { pushImage } from './support/push-image.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const otherPlatform = {
  ...hostPlatform,
  architecture: hostPlatform.architecture === 'arm64' ? 'amd64' : 'arm64',
};

let source: ImageSource;
let app: SourceImage;
let index: BuiltIndex;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  index = await source.layout.addIndex([
    { layers: [{ seed: 'there', sizeBytes: 1024, files: { platform: 'theirs' } }], platform: otherPlatform },
    { layers: [{ seed: 'here', sizeBytes: 1024, files: { platform: 'ours' } }] },
  ]);
  await pushImage(source.registry.host, 'team/multi:1', source.layout, index);
});
beforeEach(() => source.proxy.forget());

function newHost(newRoot: Tree): Promise<BoundHost> {
  return newBoundHost(perTest, { newRoot });
}

const multi = (rest: string) => `${source.proxy.host}/team/multi${rest}`;
const multiDigest = () => index.digest;
const appDigest = () => app.digest;

describe('a registry image', () => {
  test.each<{ name: string; reference: () => string; digest: () => string; stored?: () => string }>([
    { name: 'a tag', reference: () => app.tagged, digest: appDigest },
    { name: 'a digest', reference: () => app.pinned, digest: appDigest },
    {
      name: 'a tag with a digest',
      reference: () => `${app.tagged}@${app.digest}`,
      stored: () => app.pinned,
      digest: appDigest,
    },
    { name: 'the tag of an index', reference: () => multi(':1'), digest: multiDigest },
    { name: 'the digest of an index', reference: () => multi(`@${index.digest}`), digest: multiDigest },
    {
      name: 'a tag with the digest of an index',
      reference: () => multi(`:1@${index.digest}`),
      stored: () => multi(`@${index.digest}`),
      digest: multiDigest,
    },
  ])('is pulled once and then present when it is bound by $name', async (row) => {
    const reference = row.reference();
    const host = await newHost(dropIn('app', [reference]));
    const first = await host.pull();
    expect(first.report?.images).toMatchObject([
      { reference, state: 'pulled', digest: row.digest(), attempts: 1, error: null },
    ]);
    expect(first.exitCode).toBe(0);
    expect(await host.stored()).toEqual([row.stored?.() ?? reference]);
    const second = await host.pull();
    expect(second.report?.images).toMatchObject([{ reference, state: 'present', digest: row.digest() }]);
    expect(second.exitCode).toBe(0);
  });

  test('of several platforms is that of this machine', async () => {
    const host = await newHost(dropIn('multi', [multi(':1')]));
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    expect(await host.store.contents(multi(':1'), 'platform')).toBe('ours');
  });

  test('of several platforms is that of the drop-in’s arch', async () => {
    const options = { 'tls-verify': false, arch: otherPlatform.architecture };
    const host = await newHost(dropIn('multi', [multi(':1')], options));
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    expect(await host.store.contents(multi(':1'), 'platform')).toBe('theirs');
  });

  test('is pulled once when five entries bind it', async () => {
    const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => dropIn(name, [app.tagged]));
    const host = await newHost(Object.assign({}, ...entries));
    const { exitCode, report } = await host.pull();
    expect(exitCode).toBe(0);
    expect(report?.images).toHaveLength(1);
    const requests = source.proxy.requests();
    expect(requests.filter(({ path }) => path.endsWith('/manifests/1'))).toHaveLength(1);
    const [layer] = app.layers;
    expect(blobTraffic(requests).get(layer?.digest ?? '')?.requests).toBe(1);
  });
});

describe('a quadlet', () => {
  test.each([
    {
      name: 'an .image unit',
      tree: (image: string) => quadlet('app.image', `Image=${image}`, 'TLSVerify=false'),
    },
    {
      name: 'a .container unit that names an .image unit',
      tree: (image: string): Tree => ({
        ...quadlet('app.container', 'Image=app.image'),
        'usr/share/containers/systemd/app.image': `[Image]\nImage=${image}\nTLSVerify=false\n`,
      }),
    },
    {
      name: 'a .container unit',
      tree: (image: string): Tree =>
        quadlet('app.container', `Image=${image}`, 'PodmanArgs=--tls-verify=false'),
    },
  ])('binds the image of $name', async ({ tree }) => {
    const host = await newHost(tree(app.tagged));
    const listed = await host.run('list', '--format', 'json');
    expect(JSON.parse(listed.stdout).images).toMatchObject([{ reference: app.tagged }]);
    expect(await host.run('check')).toMatchObject({ exitCode: 0 });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ reference: app.tagged, state: 'pulled' }]);
    expect(exitCode).toBe(0);
    expect(await host.stored()).toEqual([app.tagged]);
  });
});

describe('an image inside the root', () => {
  test.each([
    { transport: 'oci-archive', target: 'usr/lib/images/app.tar', suffix: '' },
    { transport: 'docker-archive', target: 'usr/lib/images/app.tar', suffix: ':example.com/app:1' },
    { transport: 'oci', target: 'usr/lib/images/app', suffix: ':1' },
    { transport: 'dir', target: 'usr/lib/images/app', suffix: '' },
  ])('is taken from $transport: by its path there', async ({ transport, target, suffix }) => {
    const reference = `${transport}:/images/${basename(target)}${suffix}`;
    const host = await newHost({
      ...dropIn('app', [reference], {}),
      'usr/lib/images': { directory: true },
      images: { link: '/usr/lib/images' },
    });
    const from = `oci:${source.layout.dir}:${layoutName(app.digest)}`;
    await execOk('skopeo', ['copy', '--quiet', from, `${transport}:${join(host.newRoot, target)}${suffix}`]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { reference, state: 'pulled', bytes: 0, attempts: 1, error: null },
    ]);
    expect(exitCode).toBe(0);
    expect((await host.store.images()).map(({ id }) => id)).toEqual([layoutName(app.config.digest)]);
    expect(source.proxy.requests()).toEqual([]);
  });
});
