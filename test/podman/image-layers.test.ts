import { expect, test } from 'vitest';
import { parseImageLayers } from '../../src/podman/image-layers.js';

test.each([
  {
    name: 'from the bottom up',
    rows: [{ Id: 'a', RootFS: { Type: 'layers', Layers: ['sha256:1', 'sha256:2'] } }],
    layers: [['a', ['sha256:1', 'sha256:2']]],
  },
  { name: 'none of one that has none', rows: [{ Id: 'a', RootFS: null }], layers: [['a', []]] },
  { name: 'of no image', rows: [], layers: [] },
])('gives the layers of images: $name', ({ rows, layers }) => {
  expect([...parseImageLayers(JSON.stringify(rows))]).toEqual(layers);
});

test.each(['', 'null', '{}'])('refuses %j', (json) => {
  expect(() => parseImageLayers(json)).toThrow();
});
