import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type LayerStack,
  layerStacks,
  layersWithoutImage,
  writeLayout,
} from '../../../src/tools/podman/damaged-layers.js';
import type { ImageRecord, LayerRecord, StoreFiles } from '../../../src/tools/podman/store-files.js';
import { makeTree } from '../../support/tree.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A layer of that name on another one, with the ID that podman gives it. */
function layer(name: string, below?: LayerRecord, fields: Partial<LayerRecord> = {}): LayerRecord {
  const hex = sha256(name);
  const id = below === undefined ? hex : sha256(`${below.id}+${hex}`);
  const parent = below?.id ?? null;
  return { id, parent, digest: `sha256:${hex}`, tocDigest: null, tarSplit: '', ...fields };
}

function image(id: string, top: LayerRecord): ImageRecord {
  return { id, names: [], digest: null, topLayer: top.id, parts: [] };
}

function filesOf(layers: readonly LayerRecord[], images: readonly ImageRecord[] = []): StoreFiles {
  const info = {
    version: undefined,
    graphRoot: '',
    root: '',
    driver: 'overlay',
    roots: [],
    layerDirectories: [],
  };
  return {
    info,
    layers: new Map(layers.map((each) => [each.id, each])),
    images: new Map(images.map((each) => [each.id, each])),
    isPartial: false,
  };
}

const base = layer('base');
const middle = layer('middle', base);
const left = layer('left', middle);
const right = layer('right', middle);
const apart = layer('apart');
const all = [base, middle, left, right, apart];

/** The stacks by the names of their layers. */
function stacks(files: StoreFiles, ...damaged: readonly LayerRecord[]) {
  const names = new Map(
    Object.entries({ base, middle, left, right, apart }).map(([name, { id }]) => [id, name]),
  );
  const found = layerStacks(files, new Set(damaged.map(({ id }) => id)));
  return found.map(({ layers }) => layers.map(({ id }) => names.get(id)));
}

test('what stands on a damaged layer goes with it', () => {
  expect(stacks(filesOf(all), middle)).toEqual([
    ['base', 'middle', 'left'],
    ['base', 'middle', 'right'],
  ]);
  expect(stacks(filesOf(all), apart)).toEqual([['apart']]);
  expect(stacks(filesOf(all))).toEqual([]);
});

test('what an image is made of is the image’s', () => {
  const files = filesOf(all, [image('i', left)]);
  expect([...layersWithoutImage(files)]).toEqual([right.id, apart.id]);
  expect(stacks(files, base)).toEqual([]);
  expect(stacks(files, right)).toEqual([['base', 'middle', 'right']]);
});

test('a container keeps no layer below it from going', () => {
  const container = layer('container', left, { id: 'c', digest: null });
  expect(stacks(filesOf([...all, container]), left)).toEqual([['base', 'middle', 'left']]);
});

test('a layer that podman would not find by its content is left alone', () => {
  expect(
    stacks(filesOf([layer('built', undefined, { id: 'x' })]), layer('built', undefined, { id: 'x' })),
  ).toEqual([]);
});

test('the image that was made for removal, and was not removed, counts for none', () => {
  const [stack] = layerStacks(filesOf([apart]), new Set([apart.id]));
  const config = configOf(stack as LayerStack);
  const files = filesOf([apart], [image(sha256(config), apart)]);
  expect([...layersWithoutImage(files)]).toEqual([apart.id]);
  expect(stacks(files, apart)).toEqual([['apart']]);
});

function configOf(stack: LayerStack): string {
  const directory = join(makeTree({}), 'layout');
  writeLayout(directory, stack);
  const read = (digest: string) => readFileSync(join(directory, 'blobs', digest.replace(':', '/')), 'utf8');
  const index = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));
  const manifest = JSON.parse(read(index.manifests[0].digest));
  expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(
    stack.layers.map(({ digest }) => digest),
  );
  return read(manifest.config.digest);
}
