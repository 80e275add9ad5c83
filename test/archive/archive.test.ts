import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { copyArchive } from '../../src/archive/copy.js';
import { lookInto } from '../../src/archive/look.js';
import { tarHeader, tarMembers } from '../../src/archive/tar.js';
import type { PathTransport } from '../../src/model/reference/types.js';
import { type Member, pax, tarOf } from '../support/tar-archive.js';
import { fifo, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const hex = '0a'.repeat(32);
const digestOf = (index: number) => `sha256:${`0${index}`.repeat(32)}`;
const refName = 'org.opencontainers.image.ref.name';
const indexOf = (...names: readonly string[]) => ({
  schemaVersion: 2,
  annotations: { a: 'b' },
  manifests: names.map((name, index) => ({
    size: 1,
    digest: digestOf(index),
    annotations: { [refName]: name, 'io.containerd.image.name': name },
  })),
});
const unnamed = (...indexes: readonly number[]) => ({
  schemaVersion: 2,
  manifests: indexes.map((index) => ({ digest: digestOf(index), size: 1 })),
});
const layout: readonly Member[] = [
  { name: './', type: '5' },
  { name: './oci-layout', content: '{}' },
  { name: './index.json', content: JSON.stringify(indexOf('localhost/a:1', 'localhost/b:1')) },
  { name: './blobs/', type: '5' },
  { name: `./blobs/sha256/${hex}`, content: 'x'.repeat(1000) },
];

function look(transport: PathTransport, path: string) {
  return withOpen(path, (fd) => lookInto(transport, fd));
}

async function copy(transport: PathTransport, path: string, rest: string | null = null): Promise<string> {
  const to = join(makeTree({}), 'copy');
  const copying = { signal: new AbortController().signal, onBytes: () => undefined };
  await withOpen(path, (fd) => copyArchive({ transport, rest }, fd, to, 'mark', copying));
  return to;
}

function withOpen<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  const result = use(fd);
  if (result instanceof Promise) return result.finally(() => closeSync(fd)) as T;
  closeSync(fd);
  return result;
}

function fileOf(bytes: Buffer): string {
  const path = join(makeTree({}), 'archive');
  writeFileSync(path, bytes);
  return path;
}

/** What tar(1) makes of an archive. */
function unpacked(path: string): string {
  const to = makeTree({});
  execFileSync('tar', ['-xf', path, '-C', to]);
  return to;
}

describe.each([
  { name: 'plain', wrap: (bytes: Buffer) => bytes },
  { name: 'with gzip', wrap: (bytes: Buffer) => gzipSync(bytes) },
])('an oci-archive, $name', ({ wrap }) => {
  test.each<{ name: string; members: readonly Member[] }>([
    { name: 'as it is usual', members: layout },
    {
      name: 'with a file that is no part of a layout',
      members: [...layout, { name: 'repositories', content: 'x' }],
    },
    {
      name: 'with headers for everything',
      members: [{ name: 'g', type: 'g', content: '9 a=b\n\n\n\n' }, ...layout],
    },
  ])('$name: is copied as a layout and nothing else', async ({ members }) => {
    const path = fileOf(wrap(tarOf(...members)));
    const copied = unpacked(await copy('oci-archive', path));
    expect(readdirSync(copied, { recursive: true }).sort()).toEqual([
      'blobs',
      `blobs/sha256`,
      `blobs/sha256/${hex}`,
      'index.json',
      'mark',
      'oci-layout',
    ]);
    expect(JSON.parse(readFileSync(join(copied, 'index.json'), 'utf8'))).toEqual(unnamed(0, 1));
    expect(readFileSync(join(copied, 'blobs/sha256', hex), 'utf8')).toBe('x'.repeat(1000));
  });

  test.each<{ name: string; members: readonly Member[]; says: string }>([
    {
      name: 'a symbolic link',
      members: [{ name: 'index.json', type: '2', link: '/etc/shadow' }],
      says: 'index.json in it is a symbolic link',
    },
    {
      name: 'a symbolic link that stays inside',
      members: [{ name: 'a', type: '2', link: 'b' }],
      says: 'a in it is a symbolic link',
    },
    {
      name: 'a hard link',
      members: [{ name: './blobs/x', type: '1', link: '/etc/shadow' }],
      says: './blobs/x in it is a hard link',
    },
    { name: 'a character device', members: [{ name: 'zero', type: '3' }], says: 'zero in it is a device' },
    { name: 'a block device', members: [{ name: 'sda', type: '4' }], says: 'sda in it is a device' },
    { name: 'a FIFO', members: [{ name: 'pipe', type: '6' }], says: 'pipe in it is a FIFO' },
    {
      name: 'a member of an unknown type',
      members: [{ name: 'x', type: 'S' }],
      says: 'x in it is neither a file nor a directory',
    },
    {
      name: 'a name from the top',
      members: [{ name: '/etc/x' }],
      says: 'the name of /etc/x in it leads out of it',
    },
    { name: 'a name that leads out', members: [{ name: 'a/../../x' }], says: 'a/../../x in it leads out' },
    { name: 'a prefix that leads out', members: [{ name: 'x', prefix: '..' }], says: '../x in it leads out' },
    {
      name: 'a long name that leads out',
      members: [{ name: 'l', type: 'L', content: '../x\0' }, { name: 'y' }],
      says: '../x in it leads out',
    },
    {
      name: 'a pax name that leads out',
      members: [pax('path', '../x'), { name: 'y' }],
      says: '../x in it leads out',
    },
    {
      name: 'a link behind a pax name',
      members: [pax('path', 'index.json'), { name: 'y', type: '2', link: '/etc/shadow' }],
      says: 'index.json in it is a symbolic link',
    },
    { name: 'a sparse file', members: [pax('GNU.sparse.major', '1'), { name: 'y' }], says: 'a sparse file' },
    { name: 'a file twice', members: [{ name: 'a' }, { name: './a' }], says: './a is in it twice' },
    { name: 'a size that is none', members: [pax('size', '-1'), { name: 'y' }], says: 'no valid size' },
    {
      name: 'a size beyond all',
      members: [{ name: 'y', size: `\x80${'\xff'.repeat(11)}` }],
      says: 'no valid size',
    },
    {
      name: 'a long header',
      members: [{ name: 'x', type: 'x', content: 'x'.repeat(1_100_000) }],
      says: 'too long',
    },
  ])('is refused for $name', async ({ members, says }) => {
    const bytes = tarOf(...layout.slice(0, 2), ...members);
    await expect(copy('oci-archive', fileOf(wrap(bytes)))).rejects.toThrow(says);
    expect(() => look('oci-archive', fileOf(bytes))).toThrow(says);
  });

  test.each([
    { name: 'text', bytes: Buffer.from('root:x:0:0:\n'.repeat(100)), says: 'not a tar archive' },
    {
      name: 'an archive that was cut',
      bytes: tarOf(...layout).subarray(0, -2000),
      says: 'ends in the middle',
    },
    { name: 'a header that was cut', bytes: tarOf(...layout).subarray(0, 700), says: 'ends in the middle' },
  ])('is refused where it is $name', async ({ bytes, says }) => {
    await expect(copy('oci-archive', fileOf(wrap(bytes)))).rejects.toThrow(says);
  });
});

test.each([
  { name: 'xz', magic: 'fd377a585a00' },
  { name: 'zstd', magic: '28b52ffd0000' },
  { name: 'bzip2', magic: '425a68393141' },
])('an oci-archive that nobody can look into is refused: $name', async ({ name, magic }) => {
  const path = fileOf(Buffer.from(magic, 'hex'));
  const says = `it is compressed with ${name}`;
  expect(() => look('oci-archive', path)).toThrow(says);
  await expect(copy('oci-archive', path)).rejects.toThrow(says);
});

test('an oci-archive that grows without end is refused, and so is one that is damaged', async () => {
  const bomb = tarOf({ name: 'x', content: Buffer.alloc(12 * 1024 * 1024) });
  await expect(copy('oci-archive', fileOf(gzipSync(bomb)))).rejects.toThrow('32 times as large');
  const damaged = gzipSync(tarOf(...layout)).fill(0xff, 40, 60);
  await expect(copy('oci-archive', fileOf(damaged))).rejects.toThrow('its compression is damaged');
});

const longPath = 'd/'.repeat(100);
const dockerImages = ['localhost/a:1', 'app'].map((name, index) => ({
  Config: `${index}.json`,
  RepoTags: [name],
  repotags: ['localhost/evil:1'],
  Layers: ['layer.tar'],
}));

test.each([
  { name: 'all', rest: null, images: [0, 1] },
  { name: 'by its name', rest: 'localhost/a:1', images: [0] },
  { name: 'by a name that podman completes', rest: 'docker.io/app', images: [1] },
  { name: 'by its place', rest: '@1', images: [1] },
])('of a docker-archive the images are copied without their names: $name', async ({ rest, images }) => {
  const bytes = tarOf(
    { name: 'manifest.json', content: JSON.stringify(dockerImages) },
    { name: 'layer.tar', type: '2', link: '../x' },
    { name: 'k', type: 'K', content: `${longPath}target\0` },
    { name: 'l', type: 'L', content: `${longPath}link\0` },
    { name: 'y', type: '2' },
    { name: 'x', content: 'layer' },
  );
  for (const file of [fileOf(bytes), fileOf(gzipSync(bytes))]) {
    const copied = unpacked(await copy('docker-archive', file, rest));
    expect(JSON.parse(readFileSync(join(copied, 'manifest.json'), 'utf8'))).toEqual(
      images.map((index) => ({ Config: `${index}.json`, RepoTags: null, Layers: ['layer.tar'] })),
    );
    expect(readlinkSync(join(copied, 'layer.tar'))).toBe('../x');
    expect(readlinkSync(join(copied, `${longPath}link`))).toBe(`${longPath}target`);
    expect(readFileSync(join(copied, 'x'), 'utf8')).toBe('layer');
    expect(readdirSync(copied).sort()).toEqual(['d', 'layer.tar', 'manifest.json', 'x']);
  }
});

test.each([
  { name: 'all', rest: null, images: [0, 1] },
  { name: 'by its name', rest: 'localhost/b:1', images: [1] },
  { name: 'by its place', rest: '@0', images: [0] },
])('of a layout the images are copied without their names: $name', async ({ rest, images }) => {
  const index = JSON.stringify(indexOf('localhost/a:1', 'localhost/b:1'));
  const copied = await copy('oci', makeTree({ 'index.json': index, 'oci-layout': '{}' }), rest);
  expect(JSON.parse(readFileSync(join(copied, 'index.json'), 'utf8'))).toEqual(unnamed(...images));
});

test.each<{ name: string; list: string; rest?: string; says: string }>([
  { name: 'no JSON', list: '{', says: 'index.json in it is not JSON' },
  { name: 'no list', list: '[]', says: 'index.json in it lists no images' },
  { name: 'a list of something else', list: '{"manifests":[1]}', says: 'index.json in it lists no images' },
  { name: 'another image', list: JSON.stringify(indexOf('a')), rest: 'b', says: 'it has no image b' },
  { name: 'fewer images', list: JSON.stringify(indexOf('a')), rest: '@1', says: 'it has no image @1' },
  {
    name: 'a digest that leads out',
    list: '{"manifests":[{"digest":"sha256:../x"}]}',
    says: 'digest that is none',
  },
  { name: 'too much', list: ' '.repeat(5 * 1024 * 1024), says: 'index.json in it is too large' },
])('a list of images is refused that is $name', async ({ list, rest = null, says }) => {
  await expect(copy('oci', makeTree({ 'index.json': list }), rest)).rejects.toThrow(says);
  await expect(
    copy('oci-archive', fileOf(tarOf({ name: 'index.json', content: list })), rest),
  ).rejects.toThrow(says);
});

test('a docker-archive whose list is a link is refused', async () => {
  const bytes = tarOf({ name: 'manifest.json', type: '2', link: 'x' }, { name: 'x', content: '[]' });
  await expect(copy('docker-archive', fileOf(bytes))).rejects.toThrow(
    'manifest.json in it is a symbolic link',
  );
});

describe.each(['oci', 'dir'] as const)('a layout in a directory, %s:', (transport) => {
  const tree = { 'index.json': '{"manifests":[]}', 'manifest.json': '{}', 'blobs/sha256/x': 'blob' };

  test('is copied with its files', async () => {
    expect(look(transport, makeTree(tree))).toEqual({ size: 22, compression: null });
    const copied = await copy(transport, makeTree(tree));
    expect(readFileSync(join(copied, 'blobs/sha256/x'), 'utf8')).toBe('blob');
    expect(readdirSync(copied, { recursive: true })).toHaveLength(5);
  });

  test.each<{ name: string; tree: TreeSpec; says: string }>([
    {
      name: 'a link to a file',
      tree: { 'index.json': symlink('/etc/shadow') },
      says: 'index.json in it is a symbolic link',
    },
    {
      name: 'a link to a directory',
      tree: { blobs: symlink('/etc') },
      says: 'blobs in it is a symbolic link',
    },
    {
      name: 'a link among blobs',
      tree: { 'blobs/sha256/y': symlink('x') },
      says: 'blobs/sha256/y in it is a symbolic',
    },
    { name: 'a FIFO', tree: { 'blobs/sha256/y': fifo() }, says: 'blobs/sha256/y in it is neither a file' },
    { name: 'directories without end', tree: { 'a/b/c/d/e/f/g/h/i/j': '' }, says: 'too deep' },
  ])('is refused for $name', async ({ tree: more, says }) => {
    const path = makeTree({ 'oci-layout': '{}', ...more });
    expect(() => look(transport, path)).toThrow(says);
    await expect(copy(transport, path)).rejects.toThrow(says);
  });
});

test.each([
  { name: 'a layer', manifest: '{"layers":[{"digest":"sha256:../../../../etc/shadow"}]}' },
  { name: 'an image of a list', manifest: '{"manifests":[{"digest":"sha256:../../x"}]}' },
  { name: 'a layer of the oldest format', manifest: '{"fsLayers":[{"blobSum":"sha256:../../x"}]}' },
  { name: 'a name in capital letters', manifest: '{"layers":[{"DIGEST":"sha256:../../x"}]}' },
  { name: 'a name that Go folds', manifest: '{"layers":[{"dige\\u017ft":"sha256:../../x"}]}' },
  { name: 'no text', manifest: '{"layers":[{"digest":["sha256:../../x"]}]}' },
])('a dir: whose digests lead out is refused: $name', async ({ manifest }) => {
  for (const name of ['manifest.json', `${hex}.manifest.json`]) {
    const path = makeTree({ 'manifest.json': '{}', [name]: manifest });
    expect(() => look('dir', path)).toThrow('names a digest that is none');
    await expect(copy('dir', path)).rejects.toThrow('names a digest that is none');
  }
});

test('a copy that is stopped is no copy', async () => {
  const to = join(makeTree({}), 'copy');
  const path = fileOf(tarOf(...layout));
  const copying = { signal: AbortSignal.abort(), onBytes: () => undefined };
  for (const transport of ['oci-archive', 'docker-archive'] as const)
    await expect(
      withOpen(path, (fd) => copyArchive({ transport, rest: null }, fd, to, 'mark', copying)),
    ).rejects.toThrow();
  expect(existsSync(to)).toBe(false);
});

test.each([
  { name: 'index.json', size: 12 },
  { name: `blobs/sha512/${'0a'.repeat(64)}`, size: 0 },
  { name: 'large', size: 20 * 1024 ** 3 },
])('a header that is written is read again: $name, $size bytes', ({ name, size }) => {
  const header = tarHeader({ name, size });
  let at = 0;
  const walk = tarMembers();
  for (let need = walk.next(); !need.done; ) {
    if ('read' in need.value) {
      const given = header.subarray(at, at + need.value.read);
      at += given.length;
      need = walk.next(given);
    } else {
      if (need.value.member !== undefined) {
        expect(need.value).toEqual({ skip: size, member: { name, size } });
        return;
      }
      at += need.value.skip;
      need = walk.next();
    }
  }
  expect.unreachable();
});
