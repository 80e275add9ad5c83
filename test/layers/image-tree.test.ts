import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type ImageTree, imageTree } from '../../src/layers/image-tree.js';
import { imageLimits, newAllowance, readLayerEntries } from '../../src/layers/layer-entries.js';
import { type RootPath, rootPath } from '../../src/model/path.js';
import { rootView } from '../../src/root/root-view.js';
import { type Member, tarOf } from '../support/tar-archive.js';

async function treeOf(
  layers: readonly (readonly Member[])[],
  isKept: (path: string) => boolean = () => true,
): Promise<ImageTree> {
  const tree = imageTree();
  for (const members of layers) tree.add(await readLayerEntries(Readable.from([tarOf(...members)]), isKept));
  return tree;
}

/** Every path with what is there: the content of a file, the target of a link. */
function shown(tree: ImageTree, directory = '/' as RootPath): Record<string, string> {
  const listing = tree.readDirectory(directory);
  if (!listing.ok) throw new Error(listing.reason);
  return Object.assign(
    {},
    ...listing.names.map((name) => {
      const path = `${directory === '/' ? '' : directory}/${name}` as RootPath;
      const { kind } = tree.stat(path);
      if (kind === 'directory') return { [path]: 'directory', ...shown(tree, path) };
      if (kind === 'symlink') {
        const link = tree.readLink(path);
        return { [path]: `-> ${link.ok ? link.target : ''}` };
      }
      const file = tree.readFile(path, 1000);
      return { [path]: file.ok ? file.bytes.toString() : kind };
    }),
  );
}

const file = (name: string, content: string): Member => ({ name, content });
const directory = (name: string): Member => ({ name, type: '5' });
const symlink = (name: string, link: string): Member => ({ name, type: '2', link });
const hardLink = (name: string, link: string): Member => ({ name, type: '1', link });

describe('layers over each other', () => {
  test.each<{ name: string; layers: readonly (readonly Member[])[]; tree: Record<string, string> }>([
    {
      name: 'a file replaces a file, and directories are one',
      layers: [
        [file('a/x', '1'), file('a/y', '1')],
        [directory('a'), file('a/x', '2')],
      ],
      tree: { '/a': 'directory', '/a/x': '2', '/a/y': '1' },
    },
    {
      name: 'a whiteout hides what is below, and not what its own layer has',
      layers: [
        [file('a/x', '1'), file('a/y', '1'), file('b/z', '1')],
        [file('a/x', '2'), file('a/.wh.x', ''), file('a/.wh.y', ''), file('.wh.b', ''), file('b/new', '2')],
      ],
      tree: { '/a': 'directory', '/a/x': '2', '/b': 'directory', '/b/new': '2' },
    },
    {
      name: 'an opaque directory hides all that is below, wherever in its layer that is said',
      layers: [
        [file('a/x', '1'), file('a/d/y', '1')],
        [file('a/d/z', '2'), file('a/.wh..wh..opq', '')],
      ],
      tree: { '/a': 'directory', '/a/d': 'directory', '/a/d/z': '2' },
    },
    {
      name: 'a whiteout of nothing hides nothing, and aufs has names of its own',
      layers: [[file('a/.wh.x', ''), file('.wh..wh.plnk/1', ''), file('.wh..wh.aufs', '')]],
      tree: { '/a': 'directory', '/.wh..wh.plnk': 'directory', '/.wh..wh.plnk/1': '' },
    },
    {
      name: 'a file, a link and a directory take each other’s place',
      layers: [
        [file('a/x', '1'), symlink('b', 'a'), file('c', '1')],
        [file('a', '2'), file('b/y', '2'), directory('c')],
      ],
      tree: { '/a': '2', '/b': 'directory', '/b/y': '2', '/c': 'directory' },
    },
    {
      name: 'a hard link is the file, also once that has gone',
      layers: [[file('a', '1'), hardLink('b/c', 'a')], [file('.wh.a', '')]],
      tree: { '/b': 'directory', '/b/c': '1' },
    },
    {
      name: 'links are kept as they are written',
      layers: [[symlink('a', '/../../etc/passwd'), symlink('b', 'a')]],
      tree: { '/a': '-> /../../etc/passwd', '/b': '-> a' },
    },
  ])('$name', async ({ layers, tree }) => {
    expect(shown(await treeOf(layers))).toEqual(tree);
  });

  test.each([
    { name: 'a hard link to nothing', layer: [hardLink('b', 'a')] },
    { name: 'a hard link to a directory', layer: [directory('a'), hardLink('b', 'a')] },
  ])('are refused with $name', async ({ layer }) => {
    await expect(treeOf([layer])).rejects.toThrow('b in it is a hard link to a, which it lacks');
  });

  test('are refused with more directories on the way than an image may have entries', async () => {
    const allowance = newAllowance({ ...imageLimits, entries: 10 });
    const tree = imageTree(allowance);
    const entries = await readLayerEntries(
      Readable.from([tarOf(file('a/b/c/d/e/f/g/h/i/j', ''))]),
      () => true,
    );
    expect(() => tree.add([...entries, ...entries])).not.toThrow();
    const more = await readLayerEntries(Readable.from([tarOf(file('k/l/m', ''))]), () => true);
    expect(() => tree.add(more)).toThrow('more than 10 entries');
  });

  test('links lead nowhere but inside', async () => {
    const view = rootView(await treeOf([[symlink('a', '../../../../etc/os-release')]]), 'new');
    expect(view.readFile(rootPath('/a'), { limitBytes: 1000 })).toMatchObject({
      ok: false,
      problem: { kind: 'missing', path: '/etc' },
    });
  });
});

describe('a file that was not kept', () => {
  const members = [file('objects/1', 'one'), file('x', ''), hardLink('lib/app', 'objects/1')];

  test('is asked for when it is wanted, by the path of its layer, and given by all of its names', async () => {
    const tree = await treeOf([[file('y', '')], members], () => false);
    expect(tree.wanted()).toEqual([]);
    expect(tree.stat(rootPath('/lib/app'))).toMatchObject({ kind: 'file', sizeBytes: 3 });
    expect(tree.readFile(rootPath('/lib/app'), 10)).toMatchObject({ ok: false, kind: 'unreadable' });
    expect(tree.wanted()).toEqual([{ layer: 1, path: 'objects/1' }]);
    tree.provide({ layer: 1, path: 'objects/1' }, Buffer.from('one'));
    expect(tree.wanted()).toEqual([]);
    for (const path of ['/lib/app', '/objects/1'])
      expect(tree.readFile(rootPath(path), 10)).toEqual({ ok: true, bytes: Buffer.from('one') });
  });

  test('is not asked for when it is larger than whoever wants it takes', async () => {
    const tree = await treeOf([members], () => false);
    expect(tree.readFile(rootPath('/objects/1'), 2)).toEqual({ ok: false, kind: 'too-large' });
    expect(tree.wanted()).toEqual([]);
  });
});

test('/dev/null is there, as on every host', async () => {
  const tree = await treeOf([[symlink('masked', '/dev/null')]]);
  expect(rootView(tree, 'new').resolve(rootPath('/masked'))).toMatchObject({ kind: 'null' });
});
