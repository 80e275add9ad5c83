import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { runChecked } from './support/checked-cli.js';
import { execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type BuiltIndex, hostPlatform, layoutName } from './support/images.js';
import { pushArtifact } from './support/push-artifact.js';
import { pushImage } from './support/push-image.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let store: Store;
let currentRoot: string;
let image: SourceImage;
let index: BuiltIndex;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  store = await cleanup.use(newStore());
  currentRoot = await tempDir(cleanup);
  await writeTree(currentRoot, {
    'usr/lib/os-release': 'ID=test\n',
    'etc/containers/registries.conf': `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
  });
  image = await source.pushSpec('team/app:1', {
    layers: [
      { seed: 'base', sizeBytes: 200_000 },
      { seed: 'top', sizeBytes: 1000 },
    ],
    labels: { 'org.example.version': '1' },
  });
  index = await source.layout.addIndex([
    { layers: [{ seed: 'own', sizeBytes: 1000 }], platform: hostPlatform },
    { layers: [{ seed: 's390x', sizeBytes: 1000 }], platform: { os: 'linux', architecture: 's390x' } },
  ]);
  await pushImage(source.registry.host, 'team/index:1', source.layout, index);
});
beforeEach(() => source.proxy.forget());

async function inspect(args: readonly string[]) {
  const { stdout, exitCode, stderr } = await runChecked(
    [
      ...['inspect', ...args, '--current-root', currentRoot],
      ...['--storage-root', store.root, '--storage-runroot', store.runroot],
    ],
    { env: store.env },
  );
  return { stdout, stderr, exitCode };
}

async function inspectJson(...args: readonly string[]) {
  const { stdout, exitCode } = await inspect([...args, '--format', 'json']);
  expect(exitCode, stdout).toBe(0);
  return JSON.parse(stdout);
}

const own = `linux/${hostPlatform.architecture}`;

test('an image is what its manifest and its config say, and no layer is fetched', async () => {
  const result = await inspectJson(image.pinned);
  expect(result).toMatchObject({
    kind: 'image',
    readFrom: 'registry',
    digest: image.digest,
    labels: { 'org.example.version': '1' },
    platforms: [{ digest: image.digest }],
    manifest: { digest: image.digest },
    candidates: [],
    error: null,
  });
  expect(result.layers.map(({ digest }: { digest: string }) => digest)).toHaveLength(2);
  const blobs = source.proxy.requests().filter(({ path }) => path.includes('/blobs/'));
  expect(blobs).toHaveLength(1);
});

test('an index shows all platforms, and the layers for one of them', async () => {
  const name = `${source.proxy.host}/team/index:1`;
  const result = await inspectJson(name);
  expect(result).toMatchObject({ kind: 'index', digest: index.digest });
  expect(result.platforms.map(({ platform }: { platform: string }) => platform)).toEqual([
    own,
    'linux/s390x',
  ]);
  expect(result.platforms[0]).toMatchObject({
    digest: index.images[0]?.digest,
    size: index.images[0]?.size,
  });
  expect(result.manifest.digest).toBe(index.images[0]?.digest);
  const other = await inspectJson(name, '--platform', 'linux/s390x');
  expect(other.manifest.digest).toBe(index.images[1]?.digest);
  const none = await inspectJson(name, '--platform', 'linux/riscv64');
  expect(none).toMatchObject({ manifest: null, layers: [], platforms: result.platforms });
});

test('an artifact shows its files, and what they may be', async () => {
  const pushed = await pushArtifact(
    source.registry.host,
    'team/kernel:6',
    [
      { content: Buffer.from('k'), title: 'vmlinuz', mediaType: 'application/vnd.example.thing' },
      { content: Buffer.from('i'), mediaType: 'application/vnd.example.initrd' },
      { content: Buffer.from('r'), title: 'gvisor.raw' },
      { content: Buffer.from('t'), title: 'notes.txt' },
    ],
    { 'org.opencontainers.image.version': '6.12' },
  );
  const name = `${source.proxy.host}/team/kernel:6`;
  const result = await inspectJson(name);
  expect(result).toMatchObject({
    kind: 'artifact',
    digest: pushed.digest,
    artifactType: 'application/vnd.example.kernel',
    annotations: { 'org.opencontainers.image.version': '6.12' },
    platforms: [],
  });
  expect(result.candidates.map(({ looksLike }: { looksLike: string }) => looksLike)).toEqual([
    'kernel',
    'initramfs',
    'extension',
    'file',
  ]);
  const { stdout } = await inspect([name]);
  expect(stdout).toContain('an artifact of the type application/vnd.example.kernel, 4 B');
  expect(stdout).toMatch(/title = "vmlinuz" +1 B +looks like a kernel\n/);
  expect(stdout).toMatch(/media-type = "application\/vnd.example.initrd" +1 B +looks like an initramfs\n/);
  expect(source.proxy.requests().filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
});

test('an image of podman’s storage is what its files there say', async () => {
  const pulled = await store.podman(['pull', '--quiet', '--tls-verify=false', image.tagged]);
  expect(pulled.exitCode, pulled.stderr).toBe(0);
  source.proxy.forget();
  const result = await inspectJson(`containers-storage:${image.tagged}`);
  expect(result).toMatchObject({
    kind: 'image',
    readFrom: 'storage',
    labels: { 'org.example.version': '1' },
  });
  expect(result.layers).toHaveLength(2);
  expect(source.proxy.requests()).toEqual([]);
});

test.each(['oci', 'oci-archive', 'docker-archive', 'dir'])('an image of %s', async (transport) => {
  const archive = join(await tempDir(perTest), 'archive');
  const to = `${transport}:${archive}${transport === 'docker-archive' ? ':team/app:1' : ''}`;
  await execOk('skopeo', ['copy', '--quiet', `oci:${source.layout.dir}:${layoutName(image.digest)}`, to]);
  const result = await inspectJson(`${transport}:${archive}`);
  expect(result).toMatchObject({
    kind: 'image',
    readFrom: 'archive',
    labels: { 'org.example.version': '1' },
  });
  expect(result.layers).toHaveLength(transport === 'docker-archive' ? 0 : 2);
});

test('what is not there is said', async () => {
  const { stdout, exitCode } = await inspect([`${source.proxy.host}/team/none:1`]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^failed .*\/team\/none:1\n/);
  const stored = await inspect(['containers-storage:localhost/none']);
  expect([stored.exitCode, stored.stderr]).toEqual([
    1,
    expect.stringContaining('is not in podman’s local storage'),
  ]);
});
