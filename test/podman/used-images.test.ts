import { expect, test } from 'vitest';
import { parseUsedImages } from '../../src/podman/used-images.js';

const image = 'd4cbe66f67e6f2330f0309b78b173ea92422104b35c42cf5d1a497c3e422a34b';
const other = '0b1c'.padEnd(64, '0');

/** As podman 4.3.1 prints it for a container that was created, less the fields that nobody reads. */
const row = {
  AutoRemove: false,
  Command: ['x'],
  Id: '2d77998c38a1815837adad4da2efc13efac3a2539239f230b6bce5e155a293f2',
  Image: '127.0.0.1:5931/t/a:1',
  ImageID: image,
  IsInfra: false,
  Names: ['keen_chebyshev'],
  Pod: '',
  State: 'created',
};

test.each([
  { name: 'of a container', rows: [row], ids: [image] },
  {
    name: 'of several, each once',
    rows: [row, { ...row, Id: '3' }, { ...row, ImageID: other }],
    ids: [image, other],
  },
  { name: 'of none', rows: [], ids: [] },
  {
    name: 'not of a container that has none, such as the infra container of a pod',
    rows: [{ ...row, ImageID: undefined }],
    ids: [],
  },
])('gives the ID of the image $name', ({ rows, ids }) => {
  expect([...parseUsedImages(JSON.stringify(rows))]).toEqual(ids);
});

test.each(['', 'null', '{}', '[', '"x"'])(
  '%j is refused: an image in use must not count as unused',
  (json) => {
    expect(() => parseUsedImages(json)).toThrow();
  },
);
