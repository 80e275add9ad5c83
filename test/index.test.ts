import { expect, test } from 'vitest';
import { planPulls, type RegistryView, type StoreView, storeLayersReader } from '../src/index.js';
import { resolvedImage } from './support/planned-image.js';
import { soundImage } from './support/sound-image.js';
import { makeTree } from './support/tree.js';

test('lets a library user plan pulls on a store and a registry of theirs', async () => {
  const directory = makeTree({ 'layers.json': '[{"compressed-diff-digest": "base"}]' });
  const layers = storeLayersReader({ layerDirectories: [directory] });
  const store: StoreView = {
    images: [],
    artifact: async () => undefined,
    proofOf: soundImage,
    layers: async () => layers().digests,
  };
  const sizes = [
    { digest: 'base', size: 7 },
    { digest: 'own', size: 3 },
  ];
  const registry: RegistryView = {
    image: async () => ({ kind: 'found', image: { digest: 'sha256:a', layers: sizes } }),
    tags: async () => ({ kind: 'found', tags: [] }),
  };
  const { images } = await planPulls([resolvedImage('quay.io/x/one:1')], 'newer', store, registry);
  expect(images.map(({ state, layers }) => ({ state, layers }))).toEqual([
    {
      state: 'missing',
      layers: [
        { digest: 'base', size: 7, present: true },
        { digest: 'own', size: 3, present: false },
      ],
    },
  ]);
});
