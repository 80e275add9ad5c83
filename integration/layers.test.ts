import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { imageTree } from '../src/layers/image-tree.js';
import { readLayerEntries } from '../src/layers/layer-entries.js';
import type { RootPath } from '../src/model/path.js';
import type { Tree } from '../src/root/tree.js';
import { seed } from '../test/support/seed.js';
import { type Member, tarOf } from '../test/support/tar-archive.js';
import { execOk } from './support/exec.js';
import { newImageSource } from './support/image-source.js';
import { newStore } from './support/store.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const opaque = '.wh..wh..opq';
const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const member: fc.Arbitrary<Member> = fc.oneof(
  fc.tuple(path, fc.constantFrom('one', 'two')).map(([at, content]) => ({ name: at, content })),
  path.map((at) => ({ name: `${at}/`, type: '5' })),
  fc.tuple(path, fc.constantFrom('a', '/b', '../c')).map(([at, link]) => ({ name: at, type: '2', link })),
  path.map((at) => ({ name: at.replace(/[^/]+$/, '.wh.$&') })),
  path.map((at) => ({ name: `${at}/${opaque}` })),
);

/**
 * Layers as tools write them: none has a path twice, or what is below one of its files and whiteouts, and a directory comes before what
 * it has. Some files have another name, which follows.
 */
const layer = fc
  .uniqueArray(member, { selector: ({ name: at }) => pathOf(at), minLength: 1, maxLength: 6 })
  .map((members) => {
    const isDirectory = ({ name: at, type }: Member) => type === '5' || at.endsWith(opaque);
    const leaves = members.filter((each) => !isDirectory(each)).map((each) => pathOf(each.name));
    const sound = members.filter((each) => !leaves.some((leaf) => pathOf(each.name).startsWith(`${leaf}/`)));
    return sound.sort((a, b) => pathOf(a.name).length - pathOf(b.name).length);
  })
  .map((members) => {
    const first = members.find(({ type, name: at }) => type === undefined && !at.includes('.wh.'));
    return first === undefined ? members : [...members, { name: 'other-name', type: '1', link: first.name }];
  });
const images = fc.array(layer, { minLength: 2, maxLength: 4 });

const pathOf = (at: string) => at.replace(opaque, '').replace('.wh.', '').replace(/\/$/, '');

/** Every path with its kind and what it holds. */
function linesOf(tree: Tree, directory: string): readonly string[] {
  const listing = tree.readDirectory((directory || '/') as RootPath);
  if (!listing.ok) throw new Error(listing.reason);
  return listing.names.flatMap((each) => {
    const at = `${directory}/${each}` as RootPath;
    const link = tree.readLink(at);
    if (link.ok) return [`${at} -> ${link.target}`];
    const file = tree.readFile(at, 1000);
    return file.ok ? [`${at} ${file.bytes}`] : [`${at}/`, ...linesOf(tree, at)];
  });
}

/** Where overlayfs has nothing to merge, it lists whiteouts of nothing, which are not there. */
const list = `cd "$1" && find . -mindepth 1 | while read -r path; do
  if [ -L "$path" ]; then echo "\${path#.} -> $(readlink "$path")"
  elif [ -d "$path" ]; then echo "\${path#.}/"
  elif [ -e "$path" ]; then echo "\${path#.} $(cat "$path")"; fi
done`;

test('layers give the files that podman makes of them', async () => {
  const source = await newImageSource(cleanup);
  const store = await cleanup.use(newStore());
  for (const layers of fc.sample(images, { seed, numRuns: 12 })) {
    const archives = layers.map((members) => tarOf(...members));
    const { pinned } = await source.pushSpec('os/layers:1', { layers: archives.map((tar) => ({ tar })) });
    const pulled = await store.podman(['pull', '--quiet', '--tls-verify=false', pinned]);
    expect(pulled.exitCode, pulled.stderr).toBe(0);
    const id = pulled.stdout.trim();
    const { stdout: mounted } = await store.podman(['image', 'mount', id]);
    const theirs = await execOk('sh', ['-c', list, 'sh', mounted.trim()]);
    await store.podman(['image', 'unmount', id]);

    const tree = imageTree();
    for (const archive of archives) tree.add(await readLayerEntries(Readable.from([archive]), () => true));
    expect([...linesOf(tree, '')].sort(), JSON.stringify(layers)).toEqual(
      theirs.trim().split('\n').filter(Boolean).sort(),
    );
  }
});
