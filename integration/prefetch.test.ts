import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pax, tarOf } from '../test/support/tar-archive.js';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { authJson, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import type { LayerSpec } from './support/layer.js';
import { newOstreeHost } from './support/ostree-host.js';
import { resultOf } from './support/result-of.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const label = 'io.bound-images.lock';
const credentials = 'someone:secret';

let source: ImageSource;
let guarded: ImageSource;
let app: SourceImage;
let other: SourceImage;
let secret: SourceImage;
let host: BoundHost;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  guarded = await newImageSource(cleanup, {
    auth: { kind: 'htpasswd', users: { someone: 'secret' } },
    creds: credentials,
  });
  app = await source.push('team/app:1');
  other = await source.push('team/other:1');
  secret = await guarded.push('team/secret:1');
});
beforeEach(async () => {
  source.proxy.forget();
  host = await newBoundHost(perTest, {
    newRoot: {},
    currentRoot: { 'etc/containers/registries.conf.d/test.conf': withoutTls(source, guarded) },
  });
});

/** The test registries have no TLS. */
function withoutTls(...sources: readonly ImageSource[]): string {
  return sources.map(({ proxy }) => `[[registry]]\nlocation = "${proxy.host}"\ninsecure = true\n`).join('');
}

const os = 'ID=test\n';
const noise: LayerSpec = { seed: 'os', sizeBytes: 3 * 1024 * 1024 };

/** A layer with these files. */
function layerOf(files: Readonly<Record<string, string>>): LayerSpec {
  return { tar: tarOf(...Object.entries(files).map(([name, content]) => ({ name, content }))) };
}

function textsOf(tree: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, node]) => {
      if (typeof node !== 'string') throw new Error(`${path} is no text`);
      return [path, node];
    }),
  );
}

/** Puts an OS image there that binds by its files. */
function pushOs(name: string, ...layers: readonly LayerSpec[]): Promise<SourceImage> {
  return source.pushSpec(name, { layers: [layerOf({ 'usr/lib/os-release': os }), ...layers] });
}

async function prefetch(osImage: string, ...args: readonly string[]) {
  const { stdout, exitCode, stderr } = await host.run(
    ...(['prefetch', '--os-image', osImage, '--format', 'json', '--retries', '2', ...args] as const),
  );
  expect(await host.leftovers()).toEqual([]);
  return { exitCode, stderr, result: resultOf(stdout) };
}

const blobsOf = (image: SourceImage) => {
  const digests = image.layers.map(({ digest }) => digest);
  return source.proxy.requests().filter(({ path }) => digests.some((digest) => path.includes(digest)));
};

describe('what an OS image binds is pulled', () => {
  test('out of its label, and none of its layers is asked for', async () => {
    const lock = `image = [{ reference = "${app.pinned}", tls-verify = false }]`;
    const image = await source.pushSpec('os/labelled:1', { layers: [noise], labels: { [label]: lock } });
    expect(await prefetch(image.tagged)).toMatchObject({
      exitCode: 0,
      result: {
        osImage: { reference: image.tagged, digest: image.digest, readFrom: 'label', bytes: 0 },
        images: [{ reference: app.pinned, state: 'pulled' }],
        error: null,
      },
    });
    expect(blobsOf(image)).toEqual([]);
    expect(await host.stored()).toEqual([app.pinned]);
    expect(await prefetch(`docker://${image.pinned}`)).toMatchObject({
      exitCode: 0,
      result: { images: [{ state: 'present' }] },
    });
  });

  test('out of its layers: links, whiteouts, other names of a file, and what only its units name', async () => {
    const authfile = '/usr/libexec/app/auth.json';
    const image = await pushOs(
      'os/layers:1',
      layerOf({
        ...textsOf(dropIn('hidden', ['quay.io/hidden/one:1'])),
        ...textsOf(dropIn('replaced', ['quay.io/hidden/two:1'])),
        'usr/lib/bootc/bound-images.d/gone.image': '[Image]\nImage=quay.io/hidden/three:1\n',
      }),
      noise,
      {
        tar: tarOf(
          { name: 'usr/lib/bound-images.d/.wh.hidden.toml' },
          { name: 'usr/lib/bootc/bound-images.d/.wh..wh..opq' },
          { name: 'sysroot/ostree/repo/objects/aa/bb.file', content: quadletText() },
          {
            name: 'usr/share/containers/systemd/app.image',
            type: '1',
            link: 'sysroot/ostree/repo/objects/aa/bb.file',
          },
          {
            name: 'usr/lib/bound-images.d/app.image',
            type: '2',
            link: '/usr/share/containers/systemd/app.image',
          },
          ...Object.entries(
            textsOf(dropIn('replaced', [secret.pinned], { authfile, 'tls-verify': false })),
          ).flatMap(([path, content]) => [pax('path', `./${path}`), { name: 'long', content }]),
        ),
      },
      layerOf({ [authfile.slice(1)]: authJson({ [guarded.proxy.host]: credentials }) }),
    );
    const { exitCode, stderr, result } = await prefetch(image.tagged);
    expect(exitCode, stderr).toBe(0);
    expect(result).toMatchObject({
      osImage: { readFrom: 'layers' },
      images: [
        { reference: app.tagged, state: 'pulled' },
        { reference: secret.pinned, state: 'pulled' },
      ],
      diagnostics: [],
    });
    // The last layer twice: nobody knew that it has an auth file.
    const bytes = image.layers.reduce(
      (sum, { sizeBytes }) => sum + sizeBytes,
      image.layers.at(-1)?.sizeBytes ?? 0,
    );
    expect(result.osImage.bytes).toBe(bytes);
    expect(stderr).toContain(`has no label ${label}`);
    expect(JSON.stringify(result) + stderr).not.toContain(credentials);
  });

  function quadletText(): string {
    return `[Image]\nImage=${app.tagged}\nTLSVerify=false\n`;
  }

  test('also after a cut, from where it stopped', async () => {
    const image = await pushOs('os/cut:1', noise, layerOf(textsOf(dropIn('app', [app.pinned]))));
    const path = new RegExp(image.layers[1]?.digest ?? '');
    source.proxy.addFault({ path, times: 1, action: { kind: 'cut', afterBytes: 1_000_000 } });
    const { exitCode, result } = await prefetch(image.tagged);
    expect(exitCode).toBe(0);
    const bytes = image.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(result.osImage.bytes).toBe(bytes);
  });

  test('also after damage on the way, by asking once more', async () => {
    const image = await pushOs('os/damaged-once:1', noise, layerOf(textsOf(dropIn('app', [app.pinned]))));
    const path = new RegExp(image.layers[1]?.digest ?? '');
    source.proxy.addFault({ path, times: 1, action: { kind: 'corrupt' } });
    expect(await prefetch(image.tagged)).toMatchObject({
      exitCode: 0,
      result: { images: [{ state: 'pulled' }] },
    });
  });

  test('by the registries that the coming OS knows, wherever in it that is written', async () => {
    const image = await pushOs('os/registries:1', {
      tar: tarOf(
        { name: 'usr/lib/own/registries.conf', content: withoutTls(source) },
        { name: 'etc/containers/registries.conf', type: '2', link: '../../usr/lib/own/registries.conf' },
        { name: 'usr/lib/bound-images.d/app.toml', content: `images = ["${app.pinned}"]\n` },
      ),
    });
    const { exitCode, stderr, result } = await prefetch(image.tagged);
    expect(exitCode, stderr).toBe(0);
    expect(result.images).toMatchObject([{ reference: app.pinned, state: 'pulled' }]);
    expect(stderr).toContain('for /usr/lib/own/registries.conf');
  });

  test('out of its layers, too, where its label is empty', async () => {
    const image = await source.pushSpec('os/emptied:1', {
      layers: [layerOf({ 'usr/lib/os-release': os, ...textsOf(dropIn('app', [app.pinned])) })],
      labels: { [label]: '' },
    });
    expect(await prefetch(image.tagged)).toMatchObject({
      exitCode: 0,
      result: { osImage: { readFrom: 'layers' }, images: [{ state: 'pulled' }] },
    });
  });

  test('and kept for as long as dates go', async () => {
    const image = await pushOs('os/for-ever:1', layerOf(textsOf(dropIn('app', [app.pinned]))));
    const { exitCode, result } = await prefetch(image.tagged, '--keep-for', '99999999999');
    expect(exitCode).toBe(0);
    expect(Date.parse(result.keptUntil)).toBeGreaterThan(Date.now());
  });

  test('and what an archive in it holds is left to the update', async () => {
    const tree = dropIn('apps', [app.pinned, 'oci-archive:/usr/lib/app.tar']);
    const image = await pushOs('os/archive:1', layerOf(textsOf(tree)));
    expect(await prefetch(image.tagged)).toMatchObject({
      exitCode: 0,
      result: { images: [{ reference: app.pinned }], diagnostics: [] },
    });
  });
});

describe('nothing is pulled', () => {
  test('for an image that is no OS', async () => {
    const image = await source.pushSpec('os/none:1', {
      layers: [layerOf(textsOf(dropIn('app', [app.pinned])))],
    });
    const { exitCode, result } = await prefetch(image.tagged);
    expect(exitCode).toBe(3);
    expect(result).toMatchObject({ images: [], diagnostics: [{ rule: 'root-without-os' }], keptUntil: null });
    expect(await host.stored()).toEqual([]);
  });

  test('where the configuration has an error, but the rest with --keep-going', async () => {
    const image = await pushOs(
      'os/wrong:1',
      layerOf(textsOf({ ...dropIn('app', [app.pinned]), ...dropIn('wrong', ['not a name']) })),
    );
    const refused = await prefetch(image.tagged);
    expect(refused).toMatchObject({ exitCode: 3, result: { images: [] } });
    expect(refused.result.diagnostics).toMatchObject([
      { rule: 'reference-invalid', file: '/usr/lib/bound-images.d/wrong.toml', line: 2, path: null },
    ]);
    expect(await prefetch(image.tagged, '--keep-going')).toMatchObject({
      exitCode: 3,
      result: { images: [{ reference: app.pinned, state: 'pulled' }] },
    });
  });

  test.each<{ name: string; osImage: () => string; exitCode: number; code: string }>([
    {
      name: 'that is not there',
      osImage: () => `${source.proxy.host}/os/unknown:1`,
      exitCode: 1,
      code: 'manifest-unknown',
    },
    {
      name: 'of a registry that is gone',
      osImage: () => '127.0.0.1:1/os/x:1',
      exitCode: 75,
      code: 'connection',
    },
  ])('for an image $name', async ({ osImage, exitCode, code }) => {
    expect(await prefetch(osImage())).toMatchObject({
      exitCode,
      result: { osImage: { digest: null, readFrom: null }, error: { code }, images: [] },
    });
  });

  test.each<{ name: string; layer: () => LayerSpec; says: RegExp }>([
    { name: 'is no archive', layer: () => ({ tar: Buffer.alloc(2048, 1) }), says: /not a tar archive/ },
    {
      name: 'ends in the middle',
      layer: () => ({ tar: tarOf({ name: 'a', content: 'x'.repeat(2000) }).subarray(0, 1500) }),
      says: /ends in the middle/,
    },
    {
      name: 'leads out of it',
      layer: () => ({ tar: tarOf({ name: '../../etc/passwd', content: 'x' }) }),
      says: /leads out of it/,
    },
  ])('for an image of which a layer $name', async ({ layer, says }) => {
    const image = await pushOs(`os/damaged-${says.source.length}:1`, layer());
    expect(await prefetch(image.tagged)).toMatchObject({
      exitCode: 1,
      result: { error: { code: 'corrupt', message: expect.stringMatching(says) } },
    });
  });

  test('for an image whose content is not what its digest says, however often', async () => {
    const image = await pushOs('os/corrupt:1', layerOf(textsOf(dropIn('app', [app.pinned]))));
    const path = new RegExp(image.layers[1]?.digest ?? '');
    source.proxy.addFault({ path, action: { kind: 'corrupt' } });
    const { exitCode, result } = await prefetch(image.tagged);
    expect(exitCode).toBe(1);
    expect(result.error.code).toBe('corrupt');
    expect(await host.stored()).toEqual([]);
  });

  test('of what is interrupted while layers are read', async () => {
    const image = await pushOs('os/slow:1', noise);
    const path = new RegExp(image.layers[1]?.digest ?? '');
    source.proxy.addFault({ path, action: { kind: 'stall', afterBytes: 100_000 } });
    const live = host.start('prefetch', ['--os-image', image.tagged]);
    await waitUntil('layers are read', () => blobsOf(image).length > 1);
    live.kill('SIGTERM');
    expect(await live.finished).toMatchObject({ exitCode: 143 });
    expect(await host.leftovers()).toEqual([]);
  });
});

test('on a host, prune keeps what was prefetched, and stage has nothing to pull', async () => {
  const booted = await newOstreeHost(perTest, {
    tree: { 'usr/etc/containers/registries.conf.d/test.conf': withoutTls(source) },
  });
  const tree = dropIn('apps', [app.pinned, other.pinned]);
  const image = await pushOs('os/next:1', layerOf(textsOf(tree)));
  const json = async (...args: readonly string[]) =>
    resultOf((await booted.run(['bound-images', ...args, '--format', 'json'])).stdout);

  const first = await json('prefetch', '--os-image', image.tagged);
  expect(first).toMatchObject({ images: [{ state: 'pulled' }, { state: 'pulled' }] });
  expect(await json('prune')).toMatchObject({
    images: [
      { action: 'leased', done: false },
      { action: 'leased', done: false },
    ],
  });

  await booted.stage(await booted.commit(tree));
  source.proxy.forget();
  expect(await json('stage')).toMatchObject({
    state: 'staged',
    images: [{ state: 'present' }, { state: 'present' }],
    totals: { bytes: 0 },
  });
  expect(source.proxy.requests().filter(({ path }) => path.includes('/blobs/'))).toEqual([]);

  await booted.runOk(['ostree', 'admin', 'undeploy', '0']);
  await json('prefetch', '--os-image', image.tagged, '--keep-for', '0');
  expect(await json('prune')).toMatchObject({
    images: [
      { action: 'remove', done: true },
      { action: 'remove', done: true },
    ],
  });
});
