import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { extract as extractOf, inspect as inspectOf } from '../src/index.js';
import { seed } from '../test/support/seed.js';
import { type Member, tarOf } from '../test/support/tar-archive.js';
import { runChecked, startChecked } from './support/checked-cli.js';
import type { CliOptions } from './support/cli.js';
import { exec, execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { layoutName } from './support/images.js';
import { newOrdinaryUser } from './support/ordinary-user.js';
import { podmanOf } from './support/podman-suites.js';
import { type PushedArtifact, pushArtifact } from './support/push-artifact.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const kernel = Buffer.from('a kernel\n'.repeat(1000));
const initrd = Buffer.from('an initrd\n');

let source: ImageSource;
let store: Store;
let currentRoot: string;
let image: SourceImage;
let artifact: PushedArtifact;
let kernelName: string;
let out: string;

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
      { seed: 'base', sizeBytes: 1024 * 1024, files: { 'usr/lib/old': 'old', 'd/a': 'a', 'd/b': 'below' } },
      {
        tar: tarOf(
          { name: 'd/b', content: 'above' },
          { name: 'lib', type: '2', link: 'usr/lib' },
          { name: 'top', content: 'of the top\n' },
        ),
      },
    ],
  });
  artifact = await pushArtifact(source.registry.host, 'team/kernel:6', [
    { content: kernel, title: 'vmlinuz', mediaType: 'application/vnd.example.kernel' },
    { content: initrd, title: 'initrd', mediaType: 'application/vnd.example.initrd' },
  ]);
  kernelName = `${source.proxy.host}/team/kernel:6`;
});

beforeEach(async () => {
  source.proxy.forget();
  out = await tempDir(perTest);
});

function extract(args: readonly string[], options: CliOptions = {}) {
  return runChecked(
    [
      'extract',
      ...args,
      ...['--current-root', currentRoot],
      ...['--storage-root', store.root, '--storage-runroot', store.runroot],
    ],
    { env: store.env, ...options },
  );
}

async function extractJson(args: readonly string[]) {
  const { stdout, stderr, exitCode } = await extract([...args, '--format', 'json']);
  return { exitCode, stderr, result: JSON.parse(stdout) };
}

const sha256 = (content: Buffer | string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

describe('out of a registry', () => {
  test('a file of the top layer comes without the layers below', async () => {
    const to = join(out, 'file');
    const { exitCode, result } = await extractJson([image.pinned, '--path', '/top', '-o', to]);
    expect({ exitCode, ...result }).toMatchObject({
      exitCode: 0,
      readFrom: 'registry',
      imageDigest: image.digest,
      kind: 'file',
      output: to,
      size: 11,
      digest: sha256('of the top\n'),
      error: null,
    });
    expect(readFileSync(to, 'utf8')).toBe('of the top\n');
    expect(result.bytesRead).toBeLessThan(2000);
    expect(readdirSync(out)).toEqual(['file']);
  });

  test('a file behind a link, and a directory of two layers', async () => {
    expect((await extract([image.pinned, '--path', 'lib/old', '-o', join(out, 'old')])).exitCode).toBe(0);
    expect(readFileSync(join(out, 'old'), 'utf8')).toBe('old');
    const directory = await extract([image.pinned, '--path', '/d', '-o', join(out, 'd')]);
    expect(directory.stdout).toMatch(/^extracted \/d .* 6 B in 2 files\nread from the registry: 1.0 MB\n$/);
    expect(readFileSync(join(out, 'd/a'), 'utf8') + readFileSync(join(out, 'd/b'), 'utf8')).toBe('aabove');
  });

  test('what is not there is said, and what was there before stays', async () => {
    await writeFile(join(out, 'file'), 'before');
    const { exitCode, result } = await extractJson([image.pinned, '--path', '/no', '-o', join(out, 'file')]);
    expect(exitCode).toBe(1);
    expect(result.error).toEqual({
      code: 'not-in-image',
      message: 'there is no /no in the image',
      hint: null,
    });
    expect(readFileSync(join(out, 'file'), 'utf8')).toBe('before');
    expect(readdirSync(out)).toEqual(['file']);
  });

  test('a file that is larger than it may be is not read to its end', async () => {
    const args = [image.pinned, '--path', '/data/base', '-o', join(out, 'file'), '--max-size', '100K'];
    const { exitCode, stderr } = await extract(args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('it is larger than 102 kB');
    expect(stderr).toContain('--max-size');
    expect(readdirSync(out)).toEqual([]);
  });

  test('a layer of an artifact comes by its title, or its media type', async () => {
    const to = join(out, 'vmlinuz');
    const { result } = await extractJson([kernelName, '--title', 'vmlinuz', '-o', to]);
    expect(result).toMatchObject({
      title: 'vmlinuz',
      imageDigest: artifact.digest,
      digest: artifact.files[0],
      size: kernel.length,
      bytesRead: kernel.length,
    });
    expect(readFileSync(to)).toEqual(kernel);
    const other = join(out, 'initrd');
    await extractJson([kernelName, '--media-type', 'application/vnd.example.initrd', '-o', other]);
    expect(readFileSync(other)).toEqual(initrd);
  });

  test('a title that nothing has is said, with those there are', async () => {
    const { stderr, exitCode } = await extract([kernelName, '--title', 'none', '-o', join(out, 'x')]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no layer has the title none: there is vmlinuz, initrd');
    const path = await extract([kernelName, '--path', '/vmlinuz', '-o', join(out, 'x')]);
    expect(path.stderr).toContain('this is not an image, but application/vnd.example.kernel');
  });
});

test('the library does the same', async () => {
  const reference = `oci:${source.layout.dir}:${layoutName(image.digest)}`;
  const common = { reference, currentRoot, storageRoot: store.root, storageRunroot: store.runroot };
  const output = join(out, 'top');
  const result = await extractOf({ ...common, source: { kind: 'path', path: '/top' }, output });
  expect(result).toMatchObject({ kind: 'extracted', from: 'archive', taken: { kind: 'file', bytes: 11 } });
  expect(readFileSync(output, 'utf8')).toBe('of the top\n');
  expect(await inspectOf(common)).toMatchObject({ kind: 'inspected', inspected: { digest: image.digest } });
  const stopped = extractOf({
    ...common,
    source: { kind: 'path', path: '/d' },
    output: join(out, 'd'),
    signal: AbortSignal.abort(),
  });
  await expect(stopped).rejects.toThrow('aborted');
  await expect(inspectOf({ ...common, reference: 'no name' })).rejects.toMatchObject({ code: 'usage' });
  expect(readdirSync(out)).toEqual(['top']);
});

describe('to the standard output', () => {
  test('goes a file alone, and what is said of it elsewhere', async () => {
    const { stdout, stderr, exitCode } = await extract([kernelName, '--title', 'initrd', '-o', '-']);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(initrd.toString());
    expect(stderr).toContain(sha256(initrd));
  });

  test('no directory', async () => {
    const { stdout, stderr, exitCode } = await extract([image.pinned, '--path', '/d', '-o', '-']);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('it is a directory');
  });

  test('a reader that has seen enough ends it quietly', async () => {
    const behind = ['sh', '-c', '"$@" | head -c 5', 'sh'];
    const args = [image.pinned, '--path', '/data/base', '-o', '-', '--quiet'];
    const { stderr, exitCode } = await extract(args, { behind });
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});

describe('out of podman’s storage', () => {
  beforeAll(async () => {
    await store.podman(['pull', '--quiet', '--tls-verify=false', image.tagged]);
  });

  test('a file and a directory come without any request', async () => {
    source.proxy.forget();
    const { result } = await extractJson([image.tagged, '--path', '/lib/old', '-o', join(out, 'old')]);
    expect(result).toMatchObject({ readFrom: 'storage', size: 3, bytesRead: 3 });
    await extractJson([`containers-storage:${image.tagged}`, '--path', '/d', '-o', join(out, 'd')]);
    expect(readFileSync(join(out, 'd/b'), 'utf8')).toBe('above');
    expect(source.proxy.requests()).toEqual([]);
    expect((await store.podman(['image', 'mount'])).stdout).toBe('');
  });

  test('another platform than that of the image there is not taken from it', async () => {
    const args = [image.tagged, '--path', '/top', '-o', join(out, 'x'), '--platform', 'linux/s390x'];
    const { stderr, exitCode } = await extract(args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('linux/s390x is wanted');
  });

  test('an image that is only looked for there is missed', async () => {
    const args = ['containers-storage:localhost/none', '--path', '/x', '-o', join(out, 'x')];
    const { stderr, exitCode } = await extract(args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is not in podman’s local storage');
  });
});

test('an ordinary user takes a file out of a storage of their own', async () => {
  const user = await newOrdinaryUser(perTest, store.env);
  const pulled = await user.podman('pull', '--quiet', '--tls-verify=false', image.tagged);
  expect(pulled.exitCode, pulled.stderr).toBe(0);
  source.proxy.forget();
  const file = join(user.home, 'old');
  const args = [image.tagged, '--path', '/lib/old', '-o', file, '--format', 'json'];
  const { stdout, stderr } = await user.boundImages('extract', ...args);
  expect(JSON.parse(stdout || 'null'), stderr).toMatchObject({ readFrom: 'storage', size: 3 });
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(source.proxy.requests()).toEqual([]);
  expect(await user.leftovers()).toEqual([]);
});

test.each(['4.3', '5.8', '6.1'] as const)(
  'podman %s has artifacts in its storage, or knows none',
  async (version) => {
    const { podman } = await podmanOf(version);
    const own = await perTest.use(newStore(undefined, podman));
    const knows = version !== '4.3';
    if (knows) {
      const pulled = await own.podman(['artifact', 'pull', '--quiet', '--tls-verify=false', kernelName]);
      expect(pulled.exitCode, pulled.stderr).toBe(0);
    }
    source.proxy.forget();
    const stored = ['--storage-root', own.root, '--storage-runroot', own.runroot, '--podman', podman];
    const args = [
      'extract',
      kernelName,
      '--title',
      'vmlinuz',
      '-o',
      join(out, 'vmlinuz'),
      '--format',
      'json',
    ];
    const { stdout } = await runChecked([...args, '--current-root', currentRoot, ...stored], {
      env: own.env,
    });
    expect(JSON.parse(stdout), stdout).toMatchObject({
      readFrom: knows ? 'storage' : 'registry',
      imageDigest: artifact.digest,
      digest: sha256(kernel),
    });
    expect(source.proxy.requests().length === 0).toBe(knows);
  },
);

test('an image that podman has, and shows only to itself, is asked for in its registry', async () => {
  const { podman } = await podmanOf('5.8');
  const own = await perTest.use(newStore(undefined, podman));
  await own.podman(['pull', '--quiet', '--tls-verify=false', image.tagged]);
  const stored = ['--storage-root', own.root, '--storage-runroot', own.runroot, '--podman', podman];
  const args = ['extract', image.tagged, '--path', '/top', '-o', join(out, 'top')];
  const result = await runChecked([...args, '--current-root', currentRoot, ...stored], { env: own.env });
  expect(result.stderr).toContain('cannot be read out of local storage');
  expect(result.stdout).toContain('read from the registry');
});

describe('out of archives', () => {
  test.each(['oci', 'oci-archive', 'docker-archive', 'dir'])('%s', async (transport) => {
    const archive = join(out, 'archive');
    const copied = `${transport}:${archive}${transport === 'docker-archive' ? ':team/app:1' : ''}`;
    const from = `oci:${source.layout.dir}:${layoutName(image.digest)}`;
    await execOk('skopeo', ['copy', '--quiet', from, copied]);
    const names = ['/d', '/lib/old'].map((path) => [path, join(out, path.replaceAll('/', '-'))] as const);
    for (const [path, to] of names) {
      const { result, exitCode } = await extractJson([`${transport}:${archive}`, '--path', path, '-o', to]);
      expect({ exitCode, ...result }).toMatchObject({ exitCode: 0, readFrom: 'archive', error: null });
    }
    expect(readFileSync(join(out, '-d/b'), 'utf8')).toBe('above');
    expect(readFileSync(join(out, '-lib-old'), 'utf8')).toBe('old');
    if (!transport.endsWith('-archive')) return;
    const packed = join(out, 'packed');
    await writeFile(packed, gzipSync(readFileSync(archive)));
    const to = join(out, 'again');
    expect((await extract([`${transport}:${packed}`, '--path', '/top', '-o', to])).exitCode).toBe(0);
  });

  test('one that is damaged gives nothing', async () => {
    const archive = join(out, 'archive');
    const from = `oci:${source.layout.dir}:${layoutName(image.digest)}`;
    await execOk('skopeo', ['copy', '--quiet', from, `oci:${archive}`]);
    const blobs = join(archive, 'blobs/sha256');
    const largest = readdirSync(blobs).find((name) => statSync(join(blobs, name)).size > 100_000) ?? '';
    const bytes = readFileSync(join(blobs, largest));
    bytes.writeUInt8(bytes.readUInt8(500_000) ^ 1, 500_000);
    await writeFile(join(blobs, largest), bytes);
    const to = join(out, 'file');
    const { result, exitCode } = await extractJson([`oci:${archive}`, '--path', '/data/base', '-o', to]);
    expect([exitCode, result.error.code]).toEqual([1, 'unpacking']);
    expect(readdirSync(out)).toEqual(['archive']);
  });

  test('what is none is said', async () => {
    await writeFile(join(out, 'file'), 'x'.repeat(2000));
    for (const reference of [`oci-archive:${out}/file`, `oci:${out}/none`, `docker-archive:${out}`]) {
      const { exitCode, result } = await extractJson([reference, '--path', '/x', '-o', join(out, 'to')]);
      expect([exitCode, result.error.code]).toEqual([1, 'archive']);
    }
  });
});

test('what is in the way is not touched', async () => {
  await mkdir(join(out, 'full/of'), { recursive: true });
  const full = await extract([image.pinned, '--path', '/d', '-o', join(out, 'full')]);
  expect(full.stderr).toContain('is a directory that is not empty');
  const device = await extract([image.pinned, '--path', '/top', '-o', '/dev/null']);
  expect(device.stderr).toContain('/dev/null is neither a file nor a directory');
  expect([full.exitCode, device.exitCode]).toEqual([1, 1]);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s leaves nothing', async (signal) => {
  const large = await source.push('team/large:1', { sizeBytes: 3 * 1024 * 1024 });
  const args = [large.pinned, '--path', '/data/team-large-1', '-o', join(out, 'x'), '--limit-rate', '200K'];
  const live = startChecked(['extract', ...args, '--current-root', currentRoot, '--podman', 'no-podman'], {
    env: store.env,
  });
  await waitUntil('a file is being written', () => readdirSync(out).length > 0);
  live.kill(signal);
  const { exitCode } = await live.finished;
  expect(exitCode).toBe(signal === 'SIGTERM' ? 143 : 130);
  expect(readdirSync(out)).toEqual([]);
});

test('what a run left that was killed goes with a later one, when it is old', async () => {
  const left = join(out, '.file.0123456789ab.tmp');
  await mkdir(join(left, 'd'), { recursive: true });
  const young = join(out, '.file.ba9876543210.tmp');
  await writeFile(young, 'of a run that may be at work');
  await utimes(left, 1, 1);
  expect((await extract([image.pinned, '--path', '/top', '-o', join(out, 'file')])).exitCode).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['.file.ba9876543210.tmp', 'file']);
});

test.each([
  { args: [], why: 'it is not said what is to be extracted' },
  { args: ['--path', '/a', '--title', 'b'], why: 'only one thing' },
  { args: ['--path', '/a', '--format', 'json', '-o', '-'], why: 'cannot both go to the standard output' },
])('$args is refused', async ({ args, why }) => {
  const { stderr, exitCode } = await extract(['a/b:1', '-o', join(out, 'x'), ...args]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(why);
});

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `d/${names.join('/')}`);
const member: fc.Arbitrary<Member> = fc.oneof(
  fc.tuple(path, fc.constantFrom('one', 'two')).map(([at, content]) => ({ name: at, content })),
  path.map((at) => ({ name: `${at}/`, type: '5' })),
  fc.tuple(path, fc.constantFrom('a', 'b/c')).map(([at, link]) => ({ name: at, type: '2', link })),
  path.map((at) => ({ name: at.replace(/[^/]+$/, '.wh.$&') })),
  path.map((at) => ({ name: `${at}/.wh..wh..opq` })),
);
const pathOf = (at: string) => at.replace(/\/\.wh\.\.wh\.\.opq$|\/$/, '').replace('.wh.', '');
/** As tools write them: what is a file or hidden has nothing below it, and a directory comes before what it has. */
const layer = fc
  .uniqueArray(member, { selector: ({ name: at }) => pathOf(at), minLength: 1, maxLength: 6 })
  .map((members) => {
    const isDirectory = ({ name: at, type }: Member) => type === '5' || at.endsWith('.wh..wh..opq');
    const leaves = members.filter((each) => !isDirectory(each)).map((each) => pathOf(each.name));
    const sound = members.filter((each) => !leaves.some((leaf) => pathOf(each.name).startsWith(`${leaf}/`)));
    return sound.sort((a, b) => pathOf(a.name).length - pathOf(b.name).length);
  })
  .map((members) => {
    const first = members.find(({ type, name: at }) => type === undefined && !at.includes('.wh.'));
    return first === undefined
      ? members
      : [...members, { name: 'd/other-name', type: '1', link: first.name }];
  });

/** Where overlayfs has nothing to merge, it lists whiteouts of nothing, which are not there. */
const list = `cd "$1" && find . -mindepth 1 | while read -r path; do
  if [ -L "$path" ]; then echo "$path -> $(readlink "$path")"
  elif [ -d "$path" ]; then echo "$path/"
  elif [ -e "$path" ]; then echo "$path $(cat "$path")"; fi
done | sort`;

test('a directory comes out of layers, and out of storage, as podman mounts it', async () => {
  const own = await perTest.use(newStore());
  const images = fc.sample(fc.array(layer, { minLength: 2, maxLength: 4 }), { seed, numRuns: 8 });
  for (const [index, layers] of images.entries()) {
    const archives = layers.map((members) => tarOf({ name: 'd/', type: '5' }, ...members));
    const { pinned } = await source.pushSpec('os/layers:1', { layers: archives.map((tar) => ({ tar })) });
    const pulled = await own.podman(['pull', '--quiet', '--tls-verify=false', pinned]);
    const { stdout: mounted } = await own.podman(['image', 'mount', pulled.stdout.trim()]);
    const theirs = await execOk('sh', ['-c', list, 'sh', join(mounted.trim(), 'd')]);
    await own.podman(['image', 'unmount', pulled.stdout.trim()]);
    for (const root of [store.root, own.root]) {
      const to = join(out, `${index}-${root === own.root}`);
      const args = ['extract', pinned, '--path', '/d', '-o', to, '--current-root', currentRoot];
      const other = root === own.root ? own : store;
      const stored = ['--storage-root', other.root, '--storage-runroot', other.runroot];
      const { exitCode, stderr } = await runChecked([...args, ...stored], { env: other.env });
      expect(exitCode, stderr + JSON.stringify(layers)).toBe(0);
      const ours = await exec('sh', ['-c', list, 'sh', to]);
      expect(ours.stdout, JSON.stringify(layers)).toBe(theirs);
    }
  }
});
