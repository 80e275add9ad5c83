import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { execOk } from './support/exec.js';
import { authJson, type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { hostPlatform, type ImageSpec } from './support/images.js';
import { newOrdinaryUser } from './support/ordinary-user.js';
import { podmanOf } from './support/podman-suites.js';
import { pushImage } from './support/push-image.js';
import { resultOf } from './support/result-of.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const label = 'io.bound-images.lock';
const credentials = 'someone:secret';
const built = 'localhost/os:1';

let source: ImageSource;
let guarded: ImageSource;
let app: SourceImage;
let secret: SourceImage;
let host: BoundHost;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  guarded = await newImageSource(cleanup, {
    auth: { kind: 'htpasswd', users: { someone: 'secret' } },
    creds: credentials,
  });
  app = await source.push('team/app:1');
  secret = await guarded.push('team/secret:1');
});
beforeEach(async () => {
  source.proxy.forget();
  host = await newBoundHost(perTest, {
    newRoot: {},
    currentRoot: { 'etc/containers/registries.conf': withoutTls(source) },
  });
});

/** The test registries have no TLS. */
function withoutTls(...sources: readonly ImageSource[]): string {
  return sources.map(({ proxy }) => `[[registry]]\nlocation = "${proxy.host}"\ninsecure = true\n`).join('');
}

const os: Tree = { 'usr/lib/os-release': 'ID=test\n' };
const binding = (): Tree => ({ ...os, ...dropIn('app', [app.pinned]) });

function textsOf(tree: Tree): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, text]) => [path, String(text)]));
}

/** Builds an OS image in the store of the host. */
async function build(tree: Tree, ...options: readonly string[]): Promise<void> {
  const context = await tempDir(perTest);
  await writeTree(join(context, 'rootfs'), tree);
  await writeTree(context, { Containerfile: 'FROM scratch\nCOPY rootfs /\n' });
  const { store } = host;
  const args = [...store.podmanArgs, 'build', '--quiet', '--tag', built, ...options, context];
  await execOk('podman', args, { env: store.env });
}

async function prefetch(osImage: string, ...args: readonly string[]) {
  const { stdout, exitCode, stderr } = await host.run(
    'prefetch',
    '--os-image',
    osImage,
    '--format',
    'json',
    ...args,
  );
  expect(await host.leftovers()).toEqual([]);
  expect((await host.store.podman(['image', 'mount'])).stdout.trim()).toBe('');
  return { exitCode, stderr, result: resultOf(stdout) };
}

const layersAsked = () => source.proxy.requests().filter(({ path }) => /\/os\/.*\/blobs\//.test(path));

test.each([built, `containers-storage:${built}`, `ostree-unverified-image:containers-storage:${built}`])(
  'what %s binds is read out of local storage, and no registry is asked for it',
  async (name) => {
    await build(binding());
    const { exitCode, stderr, result } = await prefetch(name);
    expect(exitCode, stderr).toBe(0);
    expect(result).toMatchObject({
      osImage: { reference: built, digest: expect.stringMatching(/^sha256:/), readFrom: 'storage', bytes: 0 },
      images: [{ reference: app.pinned, state: 'pulled' }],
      diagnostics: [],
      keptUntil: expect.any(String),
    });
    expect(source.proxy.requests().filter(({ path }) => !path.includes('team/app'))).toEqual([]);
    expect(await host.stored()).toContain(app.pinned);
  },
);

test('files that an entry and a configuration name are read from where they are, as out of layers', async () => {
  const authfile = '/usr/libexec/app/auth.json';
  await build({
    ...os,
    ...dropIn('secret', [secret.pinned], { authfile }),
    [authfile.slice(1)]: { text: authJson({ [guarded.proxy.host]: credentials }), mode: 0o600 },
    'usr/lib/own/registries.conf': withoutTls(guarded),
    'etc/containers/registries.conf': { link: '../../usr/lib/own/registries.conf' },
    // Whatever it leads to, it is not this machine's.
    'etc/bootc/bound-images.d/out.toml': { link: '/../../../../../../etc/hostname' },
    'etc/bootc/bound-images.d/archive.toml': 'images = ["oci-archive:/usr/lib/app.tar"]\n',
  });
  const { result, stderr } = await prefetch(built, '--keep-going');
  expect(result.images, stderr).toMatchObject([{ reference: secret.pinned, state: 'pulled' }]);
  expect(result.diagnostics).toMatchObject([
    { rule: 'entry-unreadable', file: '/etc/bootc/bound-images.d/out.toml', path: null },
  ]);
  expect(JSON.stringify(result) + stderr).not.toContain(credentials);
});

test('by its label, where it has one, unless directories are named', async () => {
  const lock = `image = [{ reference = "${app.pinned}", tls-verify = false }]`;
  await build({ ...os, ...dropIn('other', []) }, '--label', `${label}=${lock}`);
  expect(await prefetch(built)).toMatchObject({
    exitCode: 0,
    result: { osImage: { readFrom: 'label' }, images: [{ reference: app.pinned, state: 'pulled' }] },
  });
  await build({
    ...os,
    ...dropIn('other', []),
    'srv/bound/app.toml': `image = [{ reference = "${app.pinned}" }]`,
  });
  expect(await prefetch(built, '--dir', '/srv/bound')).toMatchObject({
    result: { osImage: { readFrom: 'storage' }, images: [{ reference: app.pinned, state: 'present' }] },
  });
});

test('what a registry has, and local storage by the same digest, is read out of local storage', async () => {
  const files = textsOf(binding());
  const spec = (architecture: string): ImageSpec => ({
    platform: { ...hostPlatform, architecture },
    layers: [{ seed: `os-${architecture}`, sizeBytes: 100_000, files }],
  });
  const other = hostPlatform.architecture === 'arm64' ? 'amd64' : 'arm64';
  const index = await source.layout.addIndex([spec(other), spec(hostPlatform.architecture)]);
  await pushImage(source.registry.host, 'os/index:1', source.layout, index);
  const name = `${source.proxy.host}/os/index:1`;
  const pull = (...args: readonly string[]) =>
    host.store.podman(['pull', '--quiet', '--tls-verify=false', ...args, name]);

  // Under the same name and digest, but not what this machine would boot.
  expect(await pull(`--arch=${other}`)).toMatchObject({ exitCode: 0 });
  source.proxy.forget();
  expect(await prefetch(name)).toMatchObject({ exitCode: 0, result: { osImage: { readFrom: 'layers' } } });
  expect(layersAsked().length).toBeGreaterThan(0);

  expect(await pull()).toMatchObject({ exitCode: 0 });
  source.proxy.forget();
  expect(await prefetch(name)).toMatchObject({
    exitCode: 0,
    result: {
      osImage: { reference: name, digest: index.digest, readFrom: 'storage', bytes: 0 },
      images: [{ reference: app.pinned, state: 'present' }],
    },
  });
  // Its config has the labels.
  expect(layersAsked().length).toBeLessThanOrEqual(1);

  // The tag leads to another image by now.
  const moved = await source.pushSpec('os/index:1', {
    layers: [{ seed: 'moved', sizeBytes: 1000, files }],
  });
  expect(await prefetch(name)).toMatchObject({
    exitCode: 0,
    result: { osImage: { digest: moved.digest, readFrom: 'layers' } },
  });
});

test('an image that is not there is an error that says where it was looked for', async () => {
  const { exitCode, stderr } = await host.run('prefetch', '--os-image', 'localhost/none:1');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the image localhost/none:1 is not in podman’s local storage');
  expect(stderr).toContain('build or pull it as the same user');
  expect(source.proxy.requests()).toEqual([]);
});

test('an image that is no OS binds nothing for certain', async () => {
  await build(dropIn('app', [app.pinned]));
  expect(await prefetch(built)).toMatchObject({
    exitCode: 3,
    result: { images: [], diagnostics: [{ rule: 'root-without-os' }] },
  });
});

test('where podman mounts for itself alone, a registry is read, or nothing', async () => {
  const image = await source.pushSpec('os/own:1', {
    layers: [{ seed: 'own', sizeBytes: 1000, files: textsOf(binding()) }],
  });
  // One that is unpacked, and has a mount namespace of its own.
  const programs = await podmanOf('5.4');
  host = await newBoundHost(perTest, {
    newRoot: {},
    currentRoot: { 'etc/containers/registries.conf': withoutTls(source) },
    programs,
  });
  const pull = ['pull', '--quiet', '--tls-verify=false', image.tagged];
  expect(await host.store.podman(pull)).toMatchObject({ exitCode: 0 });
  const { stderr, result } = await prefetch(image.tagged);
  expect(result, stderr).toMatchObject({
    osImage: { readFrom: 'layers' },
    images: [{ reference: app.pinned, error: null }],
  });
  expect(stderr).toContain('cannot be read out of local storage: no file of ');
  const stored = await host.run('prefetch', '--os-image', `containers-storage:${image.tagged}`);
  expect(stored.exitCode).toBe(1);
  expect(stored.stderr).toContain('can be seen where ');
});

/** Where nobody may make a mount namespace (namespaces(7), /proc/sys/user). */
const withoutMounts = [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  ...['echo 0 > /proc/sys/user/max_mnt_namespaces; exec "$@"', 'sh'],
];

test('where this machine lets nobody mount, it says so', async () => {
  await build(binding());
  const live = host.start('prefetch', ['--os-image', built], { behind: withoutMounts });
  const { exitCode, stderr } = await live.finished;
  expect(exitCode).toBe(1);
  expect(stderr).toContain('an image cannot be mounted here: ');
  expect(stderr).toContain('run it as root, or as a user for whom “podman unshare true” succeeds');
  expect(await host.leftovers()).toEqual([]);
});

test('an ordinary user prefetches what an image of a store of their own binds', async () => {
  const user = await newOrdinaryUser(perTest, host.store.env);
  await writeTree(user.home, { 'context/Containerfile': 'FROM scratch\nCOPY rootfs /\n' });
  await writeTree(join(user.home, 'context/rootfs'), binding());
  await writeTree(join(user.home, 'current'), {
    ...os,
    'etc/containers/registries.conf': withoutTls(source),
  });
  await user.own();
  const made = await user.podman('build', '--quiet', '--tag', built, join(user.home, 'context'));
  expect(made.exitCode, made.stderr).toBe(0);
  const args = ['--os-image', built, '--current-root', join(user.home, 'current'), '--format', 'json'];
  const { stdout, stderr } = await user.boundImages(
    'prefetch',
    ...args,
    '--state-dir',
    join(user.home, 'state'),
  );
  expect(JSON.parse(stdout || 'null'), stderr).toMatchObject({
    osImage: { readFrom: 'storage' },
    images: [{ reference: app.pinned, state: 'pulled' }],
  });
  expect(await user.leftovers()).toEqual([]);
});
