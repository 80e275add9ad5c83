import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageProofs } from '../../../src/tools/podman/image-proof.js';
import { readStoreFiles } from '../../../src/tools/podman/store-files.js';
import { listedImages } from '../../../src/tools/podman/store-images.js';
import { dir, makeTree, symlink } from '../../support/tree.js';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const config = JSON.stringify({
  os: 'linux',
  architecture: 'arm',
  variant: 'v6',
  rootfs: { diff_ids: [] },
});
const configKey = sha256(config);
const manifest = '{"schemaVersion": 2}';
const fileName = (key: string) => `=${Buffer.from(key).toString('base64')}`;
const names = { base: 'A'.repeat(26), middle: 'B'.repeat(26), top: 'C'.repeat(26) };

const images = [
  {
    id: 'image',
    names: ['quay.io/x/y:1'],
    digest: sha256(manifest),
    layer: 'top',
    'big-data-names': [configKey, 'manifest', 'signature-1'],
    'big-data-sizes': { [configKey]: config.length, manifest: manifest.length },
    'big-data-digests': { [configKey]: configKey, manifest: sha256(manifest) },
  },
];
const layers = [
  { id: 'base' },
  { id: 'middle', parent: 'base' },
  { id: 'top', parent: 'middle', 'diff-digest': 'sha256:x' },
];

type Tree = Parameters<typeof makeTree>[0];

/** As podman 4.3 writes it; the base is in an additional store. */
const sound: Tree = {
  'own/overlay-images/images.json': JSON.stringify(images),
  [`own/overlay-images/image/${fileName(configKey)}`]: config,
  'own/overlay-images/image/manifest': manifest,
  'own/overlay-layers/layers.json': JSON.stringify(layers.slice(1)),
  'own/overlay/middle/diff/': dir(),
  'own/overlay/middle/link': names.middle,
  'own/overlay/middle/lower': `l/${names.base}`,
  'own/overlay/top/diff/': dir(),
  'own/overlay/top/link': names.top,
  'own/overlay/top/lower': `l/${names.middle}:l/${names.base}`,
  [`own/overlay/l/${names.top}`]: symlink('../top/diff'),
  'more/overlay-layers/layers.json': JSON.stringify(layers.slice(0, 1)),
  'more/overlay/base/diff/': dir(),
  'more/overlay/base/link': names.base,
};

function prove(change: Tree, without: readonly string[] = [], driver = 'overlay') {
  const kept = Object.entries({ ...sound, ...change }).filter(([path]) => !without.includes(path));
  const top = makeTree(Object.fromEntries(kept));
  const roots = ['own', 'more'].map((name) => join(top, name));
  const layerDirectories = roots.map((root) => join(root, `${driver}-layers`));
  const root = roots[0] ?? '';
  const files = readStoreFiles({
    version: undefined,
    graphRoot: root,
    root,
    driver,
    roots,
    layerDirectories,
  });
  const { damage, ...proof } = imageProofs(files)('image');
  const problem = damage?.problem.replaceAll(top, '') ?? null;
  return { ...proof, problem, layers: damage?.layers ?? null, listed: listedImages(files) };
}

test('an image all of which is there is proved, with the platform of its config', () => {
  expect(prove({})).toEqual({
    platform: { os: 'linux', architecture: 'arm', variant: 'v6' },
    problem: null,
    layers: null,
    unproved: null,
    isDeep: false,
    isList: false,
    listed: [
      {
        id: 'image',
        names: ['quay.io/x/y:1'],
        repoDigests: [`quay.io/x/y@${sha256(manifest)}`],
        size: null,
      },
    ],
  });
});

const top = 'own/overlay/top';
test.each<{
  readonly name: string;
  readonly change?: Tree;
  readonly without?: readonly string[];
  readonly problem: string;
  readonly layers: readonly string[];
}>([
  {
    name: 'files of a layer in an additional store',
    without: ['more/overlay/base/diff/'],
    problem: 'there is no directory /more/overlay/base/diff',
    layers: ['base'],
  },
  {
    name: 'a layer of which nothing is left',
    without: [`${top}/diff/`, `${top}/link`, `${top}/lower`],
    problem: 'there is no directory /own/overlay/top/diff',
    layers: ['top'],
  },
  {
    name: 'a file in place of a directory',
    change: { [`${top}/diff`]: 'x' },
    without: [`${top}/diff/`],
    problem: 'there is no directory /own/overlay/top/diff',
    layers: ['top'],
  },
  {
    name: 'an empty name',
    change: { [`${top}/link`]: '' },
    problem: '/own/overlay/top/link is missing or empty',
    layers: ['top'],
  },
  {
    name: 'a link to somewhere else',
    change: { [`own/overlay/l/${names.top}`]: symlink('../gone/diff') },
    problem: `/own/overlay/l/${names.top} leads nowhere`,
    layers: ['top'],
  },
  {
    name: 'no lower layers',
    without: [`${top}/lower`],
    problem: '/own/overlay/top/lower does not name the 2 layers below it',
    layers: ['top'],
  },
  {
    name: 'too few lower layers',
    change: { [`${top}/lower`]: `l/${names.middle}` },
    problem: '/own/overlay/top/lower does not name the 2 layers below it',
    layers: ['top'],
  },
  {
    name: 'an empty list of lower layers, which podman 5.8 reads first',
    change: { [`${top}/lower-layers`]: '' },
    problem: '/own/overlay/top/lower does not name the 2 layers below it',
    layers: ['top'],
  },
  {
    name: 'two damaged layers',
    without: [`${top}/link`, 'own/overlay/middle/link'],
    problem: '/own/overlay/middle/link is missing or empty',
    layers: ['middle', 'top'],
  },
  {
    name: 'a layer that is not listed',
    change: { 'more/overlay-layers/layers.json': '[]' },
    problem: 'its layer base is not in the list of layers',
    layers: ['base'],
  },
  {
    name: 'a layer that podman was killed over',
    change: {
      'more/overlay-layers/layers.json': JSON.stringify([{ id: 'base', flags: { incomplete: true } }]),
    },
    problem: 'its layer base is not in the list of layers',
    layers: ['base'],
  },
  {
    name: 'no manifest',
    without: ['own/overlay-images/image/manifest'],
    problem: '/own/overlay-images/image/manifest is missing, or not what it was',
    layers: [],
  },
  {
    name: 'another config',
    change: { [`own/overlay-images/image/${fileName(configKey)}`]: config.replace('arm', 'amd') },
    problem: `/own/overlay-images/image/${fileName(configKey)} is missing, or not what it was`,
    layers: [],
  },
])('an image with $name is damaged', ({ change = {}, without = [], problem, layers: damaged }) => {
  expect(prove(change, without)).toMatchObject({ problem, layers: damaged, unproved: null });
});

test.each<{ readonly name: string; readonly change?: Tree; readonly without?: readonly string[] }>([
  { name: 'without the link that podman makes again', without: [`own/overlay/l/${names.top}`] },
  {
    name: 'of podman 5.8, which names lower layers by their IDs',
    change: { [`${top}/lower-layers`]: 'middle:base' },
    without: [`${top}/lower`],
  },
  { name: 'without a signature', change: {} },
])('an image $name is proved', ({ change = {}, without = [] }) => {
  expect(prove(change, without)).toMatchObject({ problem: null, unproved: null });
});

test.each([
  { driver: 'btrfs', unproved: 'the layers of the storage driver btrfs are not known', problem: null },
  { driver: 'vfs', unproved: null, problem: 'there is no directory /own/vfs/dir/base' },
])('of the driver $driver is told what can be told', ({ driver, unproved, problem }) => {
  const renamed = Object.entries(sound).map(([path, node]) => [
    path.replace(/overlay-(?=images|layers)/, `${driver}-`),
    node,
  ]);
  const without = Object.keys(sound);
  const there = { 'own/vfs/dir/top/': dir(), 'own/vfs/dir/middle/': dir() };
  expect(prove({ ...Object.fromEntries(renamed), ...there }, without, driver)).toMatchObject({
    platform: { architecture: 'arm' },
    unproved,
    problem,
  });
});

test('a list that cannot be read proves nothing, and damages nothing', () => {
  expect(prove({ 'more/overlay-layers/layers.json': '[{' })).toMatchObject({
    problem: null,
    unproved: 'its layer base is not in the list of layers',
  });
  expect(prove({ 'own/overlay-images/images.json': '[]' })).toMatchObject({
    platform: null,
    problem: null,
    unproved: 'the lists of the store do not have it',
  });
});
