import { expect, test } from 'vitest';
import {
  parseContainers,
  parseImageMounts,
  parseMountedImages,
} from '../../../src/tools/podman/used-images.js';

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
  Mounts: null,
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
    name: 'not of a container that has none, such as one on a directory',
    rows: [{ ...row, ImageID: undefined }],
    ids: [],
  },
])('gives the ID of the image $name', ({ rows, ids }) => {
  expect([...parseContainers(JSON.stringify(rows)).imageIds]).toEqual(ids);
});

test('names the containers that mount something', () => {
  const rows = [row, { ...row, Id: '3', Mounts: ['/data'] }, { ...row, Id: '4', Mounts: [] }];
  expect(parseContainers(JSON.stringify(rows)).mounting).toEqual(['3']);
});

test('names each image that containers mount, and nothing else that they do', () => {
  const mount = (Type: string, Source: string) => ({ Type, Source, Destination: '/x', RW: false });
  const rows = [
    { Id: '1', Mounts: [mount('image', 'a:1'), mount('bind', '/srv'), mount('image', image)] },
    { Id: '2', Mounts: [mount('image', 'a:1'), mount('volume', 'a:2')] },
    { Id: '3' },
  ];
  expect(parseMountedImages(JSON.stringify(rows))).toEqual(['a:1', image]);
});

test('gives the IDs of the images that are mounted by themselves', () => {
  const rows = [{ id: image, Names: [], Repositories: ['localhost/a:1'], mountpoint: '/x/merged' }];
  expect(parseImageMounts(JSON.stringify(rows))).toEqual([image]);
});

test.each(
  [parseContainers, parseMountedImages, parseImageMounts].flatMap((parse) =>
    ['', 'null', '{}', '[', '"x"'].map((json) => ({ parse, json })),
  ),
)('$parse.name refuses $json: an image in use must not count as unused', ({ parse, json }) => {
  expect(() => parse(json)).toThrow();
});
