import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostPath } from '../../src/model/path.js';
import type { PlannedImage, PlannedLayer } from '../../src/model/plan.js';
import { missingLayers, separateBytes, spaceNeeds, uniqueBytes } from '../../src/plan/space.js';
import { plannedImage } from '../support/planned-image.js';

const error = { code: 'manifest-unknown', kind: 'permanent', message: 'unknown', hint: null } as const;
const nothingStored = { compressedBytes: 0, unpackedBytes: 0 };
const mebibyte = 1024 * 1024;

/** Sizes of layers by digest; a digest that ends in `+` is in the store. */
function image(sizes: Readonly<Record<string, number>>, fields: Partial<PlannedImage> = {}): PlannedImage {
  const layers = Object.entries(sizes).map(([digest, size]) => ({
    digest: digest.replace('+', ''),
    size,
    present: digest.endsWith('+'),
  }));
  return plannedImage('quay.io/x/y:1', { layers, ...fields });
}

describe.each<{
  name: string;
  images: readonly PlannedImage[];
  unique: number;
  separate: number;
  layers: number;
}>([
  { name: 'no image', images: [], unique: 0, separate: 0, layers: 0 },
  { name: 'one image', images: [image({ a: 10, b: 5 })], unique: 15, separate: 15, layers: 2 },
  {
    name: 'two images on one base',
    images: [image({ base: 100, a: 10 }), image({ base: 100, b: 5 })],
    unique: 115,
    separate: 215,
    layers: 3,
  },
  {
    name: 'the same image under two names',
    images: [image({ a: 10 }), image({ a: 10 })],
    unique: 10,
    separate: 20,
    layers: 1,
  },
  { name: 'layers in the store', images: [image({ 'a+': 10, b: 5 })], unique: 5, separate: 5, layers: 1 },
  {
    name: 'an image with all layers in the store',
    images: [image({ 'a+': 10 })],
    unique: 0,
    separate: 0,
    layers: 0,
  },
  {
    name: 'an image whose layers nobody knows',
    images: [image({ a: 10 }), plannedImage('quay.io/x/z:1')],
    unique: 10,
    separate: 10,
    layers: 1,
  },
])('$name', ({ images, unique, separate, layers }) => {
  test(`fetches ${unique} bytes in ${layers} layers, and ${separate} if nothing were shared`, () => {
    expect([uniqueBytes(images), separateBytes(images), missingLayers(images).size]).toEqual([
      unique,
      separate,
      layers,
    ]);
  });
});

describe('what is needed', () => {
  test.each([
    { name: 'present', fields: { state: 'present' } as const },
    { name: 'known to fail', fields: { error } },
  ])('is nothing for an image that is $name', ({ fields }) => {
    expect(spaceNeeds([image({ a: 10 }, fields)], 2, nothingStored)).toMatchObject({
      temporaryBytes: 0,
      storeBytes: 0,
      storeInodes: 0,
    });
  });

  test('counts an image that is stale like one that is missing', () => {
    const { temporaryBytes } = spaceNeeds([image({ a: 10 }, { state: 'stale' })], 2, nothingStored);
    expect(temporaryBytes).toBe(10);
  });

  test('counts a shared layer in the store once', () => {
    const images = [image({ base: 100, a: 10 }), image({ base: 100, b: 10 })];
    expect(spaceNeeds(images, 2, nothingStored).storeBytes).toBe(120 * 2.5);
  });

  test.each([
    { concurrency: 1, temporaryBytes: 30 },
    { concurrency: 2, temporaryBytes: 50 },
    { concurrency: 3, temporaryBytes: 60 },
    { concurrency: 9, temporaryBytes: 60 },
  ])('is room for the $concurrency largest images at the same time', ({ concurrency, temporaryBytes }) => {
    const images = [image({ a: 20 }), image({ b: 4, c: 6 }), image({ d: 30 })];
    expect(spaceNeeds(images, concurrency, nothingStored).temporaryBytes).toBe(temporaryBytes);
  });

  // A shared layer is fetched by one pull, and the others find it in the store.
  test('is room for a shared layer once', () => {
    const images = [image({ base: 100, a: 10 }), image({ base: 100, b: 5 })];
    expect(spaceNeeds(images, 2, nothingStored).temporaryBytes).toBe(115);
  });

  test('grows with the inodes of what is unpacked, begun ones counted', () => {
    expect(spaceNeeds([image({ a: 12 * 1024 * 4 })], 1, nothingStored).storeInodes).toBe(10);
    expect(spaceNeeds([image({ a: 1 })], 1, nothingStored)).toMatchObject({ storeBytes: 3, storeInodes: 1 });
  });
});

describe('for archives', () => {
  const archive = (text: string, size: number): PlannedImage => {
    const { resolved, ...planned } = plannedImage(text, { layers: [] });
    return {
      ...planned,
      resolved: { ...resolved, archive: { size, compression: null, hostPath: '/x' as HostPath } },
    };
  };

  test.each([
    { transport: 'oci-archive', temporaryBytes: 30, least: 20, usualBytes: 10 },
    { transport: 'docker-archive', temporaryBytes: 20, least: 0, usualBytes: 0 },
    { transport: 'oci', temporaryBytes: 20, least: 0, usualBytes: 0 },
    { transport: 'dir', temporaryBytes: 20, least: 0, usualBytes: 0 },
  ])('$transport: is room for the copies', ({ transport, temporaryBytes, least, usualBytes }) => {
    const images = [archive(`${transport}:/x`, 10)];
    const needs = spaceNeeds(images, 1, nothingStored, true);
    expect(needs).toMatchObject({ temporaryBytes, usualBytes, storeBytes: 0 });
    expect(spaceNeeds(images, 1, null, false)).toMatchObject({ temporaryBytes: least, usualBytes: 0 });
  });

  test('is room for those that are pulled at the same time, beside images of registries', () => {
    const images = [archive('oci-archive:/x', 10), archive('oci-archive:/y', 20), image({ a: 45 })];
    expect(spaceNeeds(images, 2, nothingStored, true)).toMatchObject({ temporaryBytes: 105, usualBytes: 30 });
  });
});

test.each([
  { name: 'nothing', compressed: 0, unpacked: 0, factor: 2.5, source: 'default' },
  {
    name: 'too little',
    compressed: 64 * mebibyte - 1,
    unpacked: 640 * mebibyte,
    factor: 2.5,
    source: 'default',
  },
  { name: 'enough', compressed: 64 * mebibyte, unpacked: 192 * mebibyte, factor: 3, source: 'store' },
  {
    name: 'uncompressed layers',
    compressed: 99 * mebibyte,
    unpacked: 99 * mebibyte,
    factor: 1,
    source: 'store',
  },
])('with $name in the store, layers grow $factor times', ({ compressed, unpacked, factor, source }) => {
  const { expansion, storeBytes } = spaceNeeds([image({ a: 1000 })], 1, {
    compressedBytes: compressed,
    unpackedBytes: unpacked,
  });
  expect([expansion, storeBytes]).toEqual([{ factor, source }, 1000 * factor]);
});

const anyLayers: fc.Arbitrary<readonly PlannedLayer[]> = fc
  .uniqueArray(fc.nat({ max: 9 }), { maxLength: 6 })
  .map((digests) => digests.map((n) => ({ digest: `d${n}`, size: (n + 1) * 7, present: n === 0 })));

test('sums hold for any images: temporary ≤ unique ≤ separate, each more concurrent pull needs no less', () => {
  fc.assert(
    fc.property(fc.array(anyLayers, { maxLength: 5 }), fc.integer({ min: 1, max: 6 }), (all, concurrency) => {
      const images = all.map((layers) => plannedImage('quay.io/x/y:1', { layers }));
      const unique = uniqueBytes(images);
      const [needs, more] = [concurrency, concurrency + 1].map((n) => spaceNeeds(images, n, nothingStored));
      expect(unique).toBeLessThanOrEqual(separateBytes(images));
      expect(unique).toBe([...missingLayers(images).values()].reduce((sum, size) => sum + size, 0));
      expect(needs?.temporaryBytes).toBeLessThanOrEqual(more?.temporaryBytes ?? 0);
      expect(more?.temporaryBytes).toBeLessThanOrEqual(unique);
      expect(needs?.storeBytes).toBe(Math.ceil(unique * 2.5));
    }),
  );
});
