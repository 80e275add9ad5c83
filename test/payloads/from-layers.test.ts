import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imageTree } from '../../src/layers/image-tree.js';
import { readLayerEntries } from '../../src/layers/layer-entries.js';
import type { RootPath } from '../../src/model/path.js';
import { type LayerBlob, takeFromLayers } from '../../src/payloads/from-layers.js';
import { PayloadProblem } from '../../src/payloads/problem.js';
import { take } from '../../src/payloads/take.js';
import { seed } from '../support/seed.js';
import { type Member, pax, tarOf } from '../support/tar-archive.js';
import { makeTree } from '../support/tree.js';

const file = (name: string, content: string): Member => ({ name, content });
const directory = (name: string): Member => ({ name, type: '5' });
const symlink = (name: string, link: string): Member => ({ name, type: '2', link });
const hardLink = (name: string, link: string): Member => ({ name, type: '1', link });

/** Layers, the base first, which count how often each was read. */
function blobsOf(layers: readonly (readonly Member[] | Buffer)[]) {
  const reads = layers.map(() => 0);
  const blobs = layers.map(
    (layer, index): LayerBlob => ({
      open: () => {
        reads[index] = (reads[index] ?? 0) + 1;
        return Readable.from([Buffer.isBuffer(layer) ? layer : tarOf(...(layer as readonly Member[]))]);
      },
    }),
  );
  return { blobs, reads };
}

/** Every path below a directory with what is there; of a file its content alone. */
function shown(path: string): unknown {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (stats.isFile()) return readFileSync(path, 'utf8');
  return Object.fromEntries(readdirSync(path).map((name) => [name, shown(join(path, name))]));
}

const limits = { maxBytes: 1000, mode: undefined, digest: undefined };

async function taken(
  layers: readonly (readonly Member[] | Buffer)[],
  path: string,
): Promise<{ readonly result: unknown; readonly reads: readonly number[] }> {
  const to = join(makeTree({}), 'taken');
  const { blobs, reads } = blobsOf(layers);
  await take((output) => takeFromLayers(blobs, path, output), limits, to, true);
  return { result: shown(to), reads };
}

describe('out of layers comes', () => {
  test.each<{
    name: string;
    layers: readonly (readonly Member[] | Buffer)[];
    path: string;
    result: unknown;
    reads?: readonly number[];
  }>([
    {
      name: 'a file of the top layer, and none below is read',
      layers: [[file('a/x', '1')], [file('a/x', '2')]],
      path: '/a/x',
      result: '2',
      reads: [0, 1],
    },
    {
      name: 'a file of the lowest layer',
      layers: [[file('a/x', '1')], [file('a/y', '2')], [file('b', '3')]],
      path: 'a/x',
      result: '1',
      reads: [1, 1, 1],
    },
    {
      name: 'a compressed layer’s file',
      layers: [gzipSync(tarOf(file('x', 'packed')))],
      path: '/x',
      result: 'packed',
    },
    {
      name: 'a file with a long name of a pax header',
      layers: [[pax('path', `a/${'n'.repeat(120)}`), file('short', 'long')]],
      path: `/a/${'n'.repeat(120)}`,
      result: 'long',
    },
    {
      name: 'a directory of all layers',
      layers: [
        [file('d/x', '1'), file('d/y', '1'), directory('d/empty')],
        [file('d/x', '2'), file('e', '')],
      ],
      path: '/d',
      result: { x: '2', y: '1', empty: {} },
    },
    {
      name: 'a directory without what is whited out',
      layers: [
        [file('d/x', '1'), file('d/s/y', '1'), file('d/t/z', '1')],
        [file('d/.wh.x', ''), file('d/s/.wh..wh..opq', ''), file('d/s/new', '2'), file('.wh.e', '')],
      ],
      path: '/d',
      result: { s: { new: '2' }, t: { z: '1' } },
    },
    {
      name: 'only what stands on an opaque directory',
      layers: [[file('d/x', '1')], [directory('d'), file('d/.wh..wh..opq', ''), file('d/y', '2')]],
      path: '/d',
      result: { y: '2' },
      reads: [0, 1],
    },
    {
      name: 'a directory again where a layer between had a file',
      layers: [[file('d/s/x', '1')], [file('d/s', 'file')], [file('d/s/y', '3')]],
      path: '/d',
      result: { s: { y: '3' } },
    },
    {
      name: 'a file that a layer above has in place of a directory',
      layers: [[file('d/x', '1')], [file('d', 'file')]],
      path: '/d',
      result: 'file',
    },
    {
      name: 'what a link leads to',
      layers: [[symlink('lib', 'usr/lib'), file('usr/lib/x', '1')], [file('other', '')]],
      path: '/lib/x',
      result: '1',
    },
    {
      name: 'what links lead to, up and round about',
      layers: [
        [file('usr/share/real', 'here'), directory('usr/lib/deep'), symlink('in', '/usr/lib/deep')],
        [symlink('start', 'in/../../share/./real')],
      ],
      path: '/start',
      result: 'here',
    },
    {
      name: 'the root’s own, where a link climbs too far',
      layers: [[symlink('a/link', '../../../x'), file('x', 'root')]],
      path: '/a/link',
      result: 'root',
    },
    {
      name: 'a hard link, whose file is elsewhere in the layer',
      layers: [
        [file('objects/1', 'object'), hardLink('usr/vmlinuz', 'objects/1')],
        [file('objects/1', 'new')],
      ],
      path: '/usr/vmlinuz',
      result: 'object',
      reads: [2, 1],
    },
    {
      name: 'hard links to each other, in a directory',
      layers: [
        [
          file('d/a', 'same'),
          hardLink('d/b', 'd/a'),
          file('o', 'out'),
          hardLink('d/c', 'o'),
          hardLink('d/e', 'd/c'),
        ],
      ],
      path: '/d',
      result: { a: 'same', b: 'same', c: 'out', e: 'out' },
    },
    {
      name: 'a hard link to a file that a layer above hides',
      layers: [[file('d/a', 'old'), hardLink('d/b', 'd/a')], [file('d/a', 'new')]],
      path: '/d',
      result: { a: 'new', b: 'old' },
    },
    {
      name: 'links that stay inside',
      layers: [[symlink('d/s/up', '../x'), file('d/x', ''), symlink('d/dangling', 'nowhere/at/all')]],
      path: '/d',
      result: { s: { up: '-> ../x' }, x: '', dangling: '-> nowhere/at/all' },
    },
    {
      name: 'the whole root',
      layers: [[file('a/x', '1')], [directory('./'), file('b', '2')]],
      path: '/',
      result: { a: { x: '1' }, b: '2' },
    },
  ])('$name', async ({ layers, path, result, reads }) => {
    const found = await taken(layers, path);
    expect(found.result).toEqual(result);
    if (reads !== undefined) expect(found.reads).toEqual(reads);
  });

  test('files for all to read, and those to run for all to run, whatever else the image says', async () => {
    const to = join(makeTree({}), 'taken');
    const tar = tarOf(file('d/tool', ''), file('d/text', ''));
    // The mode of the first one: setuid, for its owner alone.
    tar.write('0004700\0', 100);
    let sum = 8 * 0x20;
    for (const [index, byte] of tar.subarray(0, 512).entries()) if (index < 148 || index >= 156) sum += byte;
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const { blobs } = blobsOf([tar]);
    await take((output) => takeFromLayers(blobs, '/d', output), limits, to, true);
    const modes = ['', 'tool', 'text'].map((name) => (lstatSync(join(to, name)).mode & 0o7777).toString(8));
    expect(modes).toEqual(['755', '755', '644']);
  });
});

const long = 'x'.repeat(1001);

describe('nothing is taken, and nothing is left behind, of', () => {
  test.each<{ name: string; layers: readonly (readonly Member[] | Buffer)[]; path?: string; why: RegExp }>([
    { name: 'what is not there', layers: [[file('a', '')]], why: /^there is no \/d in the image$/ },
    { name: 'what is whited out', layers: [[file('d/x', '')], [file('.wh.d', '')]], why: /there is no \/d/ },
    { name: 'what is below a file', layers: [[file('d', '')]], path: '/d/x', why: /there is no \/d\/x/ },
    {
      name: 'what is below a file that a layer above has',
      layers: [[file('d/x', '')], [file('d', '')]],
      path: '/d/x',
      why: /there is no \/d\/x/,
    },
    { name: 'a loop of links', layers: [[symlink('d', 'e'), symlink('e', 'd')]], why: /too many links/ },
    { name: 'a device', layers: [[{ name: 'd', type: '4' }]], why: /“d” in it is a device/ },
    { name: 'a FIFO in a directory', layers: [[{ name: 'd/f', type: '6' }]], why: /“d\/f” in it is a FIFO/ },
    { name: 'a sparse file of pax', layers: [[pax('GNU.sparse.major', '1'), file('d', 'x')]], why: /sparse/ },
    { name: 'a sparse file of GNU', layers: [[{ name: 'd', type: 'S', content: 'x' }]], why: /no layer has/ },
    { name: 'more than is taken', layers: [[file('d', long)]], why: /larger than 1.0 kB/ },
    {
      name: 'more than is taken, together',
      layers: [[file('d/a', long.slice(500)), file('d/b', long.slice(499))]],
      why: /larger/,
    },
    {
      name: 'hard links that are more',
      layers: [[file('d/a', long.slice(400)), hardLink('d/b', 'd/a')]],
      why: /larger/,
    },
    {
      name: 'a size that is a lie',
      layers: [[{ name: 'd', content: 'x', size: '00000077777\0' }]],
      why: /ends in the middle/,
    },
    {
      name: 'a size that is none',
      layers: [[{ name: 'd', content: 'x', size: 'not-a-size!\0' }]],
      why: /no valid size/,
    },
    { name: 'names that lead out', layers: [[file('d/../../x', '')]], why: /leads out of it/ },
    { name: 'names with NUL', layers: [[pax('path', 'd/\0x'), file('d', '')]], why: /leads out of it/ },
    {
      name: 'a file that is there twice',
      layers: [[file('d', '1'), file('d', '2')]],
      why: /“d” in it is there twice/,
    },
    {
      name: 'a file below a link',
      layers: [[symlink('d/l', '/etc'), file('d/l/passwd', 'x')]],
      why: /which may lead out|something else/,
    },
    {
      name: 'a file below a link inside',
      layers: [[symlink('d/l', 'm'), file('d/l/x', 'x')]],
      why: /is a directory, and something else/,
    },
    { name: 'a link that is absolute', layers: [[symlink('d/l', '/etc/shadow')]], why: /may lead out of it/ },
    { name: 'a link that climbs out', layers: [[symlink('d/s/l', '../../x')]], why: /may lead out of it/ },
    {
      name: 'a link that climbs by another one',
      layers: [[symlink('d/a/b/l', '../..'), symlink('d/a/m', 'b/l/../..')]],
      why: /may lead out/,
    },
    {
      name: 'a hard link to nothing',
      layers: [[file('e', '')], [hardLink('d', 'e')]],
      why: /leads to “e” in it, which it lacks/,
    },
    { name: 'a hard link to itself', layers: [[hardLink('d', 'd')]], why: /hard link/ },
    {
      name: 'hard links to each other',
      layers: [[hardLink('d', 'e'), hardLink('e', 'd')]],
      why: /hard links/,
    },
    {
      name: 'a compression that is not known',
      layers: [Buffer.from('fd377a585a00aabbcc', 'hex')],
      why: /compressed with xz/,
    },
    {
      name: 'a damaged compression',
      layers: [Buffer.concat([gzipSync(tarOf(file('d', long))).subarray(0, 40), Buffer.alloc(99)])],
      why: /damaged/,
    },
    { name: 'what is no archive', layers: [Buffer.alloc(1024, 'x')], why: /not a tar archive/ },
    {
      name: 'a name that no file system takes',
      layers: [[pax('path', `d/${'n'.repeat(300)}`), file('d', '')]],
      why: /too long/i,
    },
  ])('$name', async ({ layers, path = '/d', why }) => {
    const parent = makeTree({ taken: 'before' });
    const to = join(parent, 'taken');
    const { blobs } = blobsOf(layers);
    const taking = take((output) => takeFromLayers(blobs, path, output), limits, to, true);
    await expect(taking).rejects.toThrow(why);
    await expect(taking).rejects.toBeInstanceOf(PayloadProblem);
    expect(shown(parent)).toEqual({ taken: 'before' });
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const member: fc.Arbitrary<Member> = fc.oneof(
  fc.tuple(path, fc.constantFrom('one', 'two')).map(([at, content]) => ({ name: at, content })),
  path.map((at) => ({ name: `${at}/`, type: '5' })),
  fc.tuple(path, fc.constantFrom('a', 'b')).map(([at, link]) => ({ name: at, type: '2', link })),
  path.map((at) => ({ name: at.replace(/[^/]+$/, '.wh.$&') })),
  path.map((at) => ({ name: `${at}/.wh..wh..opq` })),
);

/** As tools write them: what is a file or hidden has nothing below it in the same layer, and nothing is there twice. */
const layer = fc
  .uniqueArray(member, { selector: ({ name: at }) => pathOf(at), maxLength: 6 })
  .map((members) => {
    const isDirectory = ({ name: at, type }: Member) => type === '5' || at.endsWith('.wh..wh..opq');
    const leaves = members.filter((each) => !isDirectory(each)).map((each) => pathOf(each.name));
    return members.filter((each) => !leaves.some((leaf) => pathOf(each.name).startsWith(`${leaf}/`)));
  });
const pathOf = (at: string) => at.replace(/\/\.wh\.\.wh\.\.opq$|\/$/, '').replace('.wh.', '');

test('what the whole tree of the layers has comes out of them, and so does each directory', async () => {
  const images = fc.sample(fc.array(layer, { minLength: 1, maxLength: 4 }), { seed, numRuns: 150 });
  for (const layers of images) {
    const tree = imageTree();
    for (const members of layers)
      tree.add(await readLayerEntries(Readable.from([tarOf(...members)]), () => true));
    for (const at of ['/', '/a', '/b/c'] as RootPath[]) {
      if (tree.stat(at).kind !== 'directory') continue;
      expect((await taken(layers, at)).result, JSON.stringify(layers)).toEqual(treeShown(tree, at));
    }
  }
});

function treeShown(tree: ReturnType<typeof imageTree>, at: RootPath): unknown {
  const listing = tree.readDirectory(at);
  if (!listing.ok) throw new Error(listing.reason);
  return Object.fromEntries(
    listing.names.map((each) => {
      const below = `${at === '/' ? '' : at}/${each}` as RootPath;
      const link = tree.readLink(below);
      if (link.ok) return [each, `-> ${link.target}`];
      const content = tree.readFile(below, 1000);
      return [each, content.ok ? content.bytes.toString() : treeShown(tree, below)];
    }),
  );
}
