import { expect, test } from 'vitest';
import { parsePlatforms } from '../../src/podman/store-platforms.js';

/** As podman 4.3.1 and 5.8 print it, less the fields that nobody reads. */
const inspected = JSON.stringify([
  { Id: 'c849', RepoTags: ['quay.io/x/y:1'], Architecture: 'amd64', Os: 'linux', Size: 63231 },
  { Id: 'd950', RepoTags: [], Architecture: 'arm', Os: 'linux', Size: 1 },
]);

test('gives the platform of each image, without the variant, which podman does not tell', () => {
  expect(parsePlatforms(inspected)).toEqual(
    new Map([
      ['c849', { architecture: 'amd64', os: 'linux', variant: null }],
      ['d950', { architecture: 'arm', os: 'linux', variant: null }],
    ]),
  );
});

test('gives none for no images', () => {
  expect(parsePlatforms('[]')).toEqual(new Map());
});
