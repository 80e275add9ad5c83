import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storeLayersReader } from '../../../src/tools/podman/store-layers.js';
import { addToTree, dir, makeTree, symlink } from '../../support/tree.js';

const [gzipped, gzippedContent] = ['7d', 'ae'].map((digits) => `sha256:${digits.repeat(32)}`);
const plain = `sha256:${'60'.repeat(32)}`;

/** As podman 4.3.1, 5.4 and 5.8 write it alike: a gzipped layer, an uncompressed one, that of a container. */
const layers = [
  {
    id: 'ae'.repeat(32),
    created: '2026-11-21T12:45:19.066884653Z',
    'compressed-diff-digest': gzipped,
    'compressed-size': 129,
    'diff-digest': gzippedContent,
    'diff-size': 40960,
    compression: 2,
    uidset: [0],
    gidset: [0],
  },
  {
    id: '7b'.repeat(32),
    parent: 'ae'.repeat(32),
    created: '2026-11-21T12:45:19.556817901Z',
    'compressed-diff-digest': plain,
    'compressed-size': 10240,
    'diff-digest': plain,
    'diff-size': 10240,
    uidset: [0],
    gidset: [0],
  },
  { id: 'c0'.repeat(32), parent: '7b'.repeat(32), created: '2026-11-21T12:46:00Z', mountlabel: 's0:c1' },
];

/** A layer with nothing but what is read of it. */
function layer(digest: string, compressed = 10, unpacked = 25) {
  return { 'compressed-diff-digest': digest, 'compressed-size': compressed, 'diff-size': unpacked };
}

function makeStore(rows?: unknown) {
  const store = makeTree({ 'overlay-layers/': dir() });
  const directory = join(store, 'overlay-layers');
  const write = (text: string, name = 'layers.json') => {
    // podman writes a new file and renames it over the old one (go.podman.io/storage pkg/ioutils).
    writeFileSync(join(directory, `.tmp-${name}`), text);
    renameSync(join(directory, `.tmp-${name}`), join(directory, name));
  };
  if (rows !== undefined) write(JSON.stringify(rows));
  const read = storeLayersReader({ layerDirectories: [directory] });
  return { path: join(directory, 'layers.json'), write, read, digests: () => [...read().digests] };
}

test('reads what podman has written', () => {
  const { read, digests } = makeStore(layers);
  expect(digests()).toEqual([gzipped, plain]);
  expect(read().unpackedBytes).toBeGreaterThanOrEqual(40960);
});

test('measures a gzipped layer', () => {
  const { compressedBytes, unpackedBytes } = makeStore(layers.slice(0, 1)).read();
  expect([compressedBytes, unpackedBytes]).toEqual([129, 40960]);
});

// Copied from another store, built or imported here; it says nothing about what comes from a registry.
test('does not measure a layer that came uncompressed', () => {
  const { compressedBytes, unpackedBytes } = makeStore(layers.slice(1)).read();
  expect([compressedBytes, unpackedBytes]).toEqual([0, 0]);
});

test.each([
  { name: 'the digest of the content, where no other is known', row: { 'diff-digest': 'd' }, digests: ['d'] },
  {
    name: 'the digest of the table of contents of a layer that came in parts',
    row: { 'diff-digest': 'd', 'toc-digest': 't', 'diff-size': 25 },
    digests: ['t'],
  },
  { name: 'no layer of a container', row: { id: 'c', parent: 'p' }, digests: [] },
  { name: 'no digest that is not text', row: { ...layer('x'), 'compressed-diff-digest': 7 }, digests: [] },
  { name: 'a layer with other flags', row: { ...layer('x'), flags: { 'x-flag': 1 } }, digests: ['x'] },
  {
    name: 'a layer that is not incomplete',
    row: { ...layer('x'), flags: { incomplete: false } },
    digests: ['x'],
  },
  { name: 'no incomplete layer', row: { ...layer('x'), flags: { incomplete: true } }, digests: [] },
])('lists $name', ({ row, digests }) => {
  expect(makeStore([row]).digests()).toEqual(digests);
});

test('measures no incomplete layer', () => {
  const { compressedBytes, unpackedBytes } = makeStore([
    { ...layer('x'), flags: { incomplete: true } },
    layer('y', 1, 2),
  ]).read();
  expect([compressedBytes, unpackedBytes]).toEqual([1, 2]);
});

test.each([
  { name: 'compressed', row: { 'diff-digest': 'd', 'diff-size': 25 } },
  { name: 'unpacked', row: { 'compressed-diff-digest': 'd', 'compressed-size': 10 } },
  { name: 'compressed, which is written as -1', row: layer('d', -1) },
  { name: 'compressed, which is written as 0', row: layer('d', 0) },
])('counts no bytes of a layer whose size is unknown $name', ({ row }) => {
  expect(makeStore([row]).read()).toEqual({
    digests: new Set(['d']),
    compressedBytes: 0,
    unpackedBytes: 0,
  });
});

test('sees a layer that has come, and one that has gone, after the file was replaced', () => {
  const { write, digests } = makeStore([layer('a')]);
  const seen = [digests()];
  write(JSON.stringify([layer('a'), layer('b')]));
  seen.push(digests());
  write(JSON.stringify([layer('b')]));
  seen.push(digests());
  expect(seen).toEqual([['a'], ['a', 'b'], ['b']]);
});

test('sees a replacement of the same length', () => {
  const { write, digests } = makeStore([layer('a')]);
  const before = digests();
  write(JSON.stringify([layer('b')]));
  expect([before, digests()]).toEqual([['a'], ['b']]);
});

test('gives the same value while nothing changes', () => {
  const { write, read } = makeStore([layer('a')]);
  const first = read();
  expect(read()).toBe(first);
  write(JSON.stringify([layer('a')]));
  expect(read()).not.toBe(first);
});

test('gives the same value while the list is not there', () => {
  const { read } = makeStore();
  expect(read()).toBe(read());
});

test('finds a store that is made later', () => {
  const store = makeTree({});
  const read = storeLayersReader({ layerDirectories: [join(store, 'overlay-layers')] });
  const before = read();
  addToTree(store, { 'overlay-layers/layers.json': JSON.stringify([layer('a')]) });
  expect([before, read().digests]).toEqual([
    { digests: new Set(), compressedBytes: 0, unpackedBytes: 0 },
    new Set(['a']),
  ]);
});

test('forgets the layers of a store that was removed, and finds those of its successor', () => {
  const { path, write, digests } = makeStore([layer('a')]);
  const seen = [digests()];
  rmSync(path);
  seen.push(digests(), digests());
  write(JSON.stringify([layer('b')]));
  seen.push(digests());
  expect(seen).toEqual([['a'], [], [], ['b']]);
});

test.each([
  { name: 'empty', text: '' },
  { name: 'cut short', text: JSON.stringify([layer('b'), layer('c')]).slice(0, -5) },
  { name: 'a list of something else', text: '[null]' },
])('keeps what it knows while the file is $name, and reads it when it is whole', ({ text }) => {
  const { path, digests } = makeStore([layer('a')]);
  const seen = [digests()];
  writeFileSync(path, text);
  seen.push(digests());
  writeFileSync(path, JSON.stringify([layer('b')]));
  seen.push(digests());
  expect(seen).toEqual([['a'], ['a'], ['b']]);
});

test('holds nothing as long as the file has never been whole', () => {
  const { write, digests } = makeStore();
  write('[{"compressed-diff-digest": "a"');
  expect(digests()).toEqual([]);
});

test.each(['null', '{}', '7', '"text"'])('holds nothing when the file says %s', (text) => {
  const { write, digests } = makeStore();
  write(text);
  expect(digests()).toEqual([]);
});

test('never throws, and never loses a whole list, at whichever byte the file ends', () => {
  const text = JSON.stringify([layer('new'), layer('newer')]);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), (length) => {
      const { path, digests } = makeStore([layer('old')]);
      const before = digests();
      writeFileSync(path, text.slice(0, length));
      expect([before, digests()]).toEqual([['old'], ['old']]);
    }),
    { numRuns: 50 },
  );
});

test('joins the layers of additional stores, and of containers that do not outlive the boot', () => {
  const top = makeTree({
    'own/overlay-layers/layers.json': JSON.stringify([layer('own', 1, 2)]),
    'own/overlay-layers/volatile-layers.json': JSON.stringify([layer('volatile', 10, 20)]),
    'extra/overlay-layers/layers.json': JSON.stringify([layer('extra', 100, 200), layer('own', 1, 2)]),
  });
  const layerDirectories = ['own', 'extra', 'absent'].map((name) => join(top, name, 'overlay-layers'));
  expect(storeLayersReader({ layerDirectories })()).toEqual({
    digests: new Set(['own', 'volatile', 'extra']),
    compressedBytes: 112,
    unpackedBytes: 224,
  });
});

test('counts a store once that is named twice', () => {
  const store = makeTree({ 'overlay-layers/layers.json': JSON.stringify([layer('a', 1, 2)]) });
  const directory = join(store, 'overlay-layers');
  const { compressedBytes } = storeLayersReader({ layerDirectories: [directory, directory] })();
  expect(compressedBytes).toBe(1);
});

test('keeps the layers of one store while the list of another is cut short', () => {
  const top = makeTree({
    'own/layers.json': JSON.stringify([layer('own')]),
    'extra/layers.json': '[{"compr',
  });
  const layerDirectories = ['own', 'extra'].map((name) => join(top, name));
  expect([...storeLayersReader({ layerDirectories })().digests]).toEqual(['own']);
});

test.each([
  { name: 'a directory', node: dir() },
  { name: 'a link to nothing', node: symlink('nowhere') },
])('holds nothing where the list is $name', ({ node }) => {
  const top = makeTree({ 'overlay-layers/layers.json': node });
  const read = storeLayersReader({ layerDirectories: [join(top, 'overlay-layers')] });
  expect(read().digests.size).toBe(0);
});
