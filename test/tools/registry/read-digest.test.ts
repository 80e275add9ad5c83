import { expect, test } from 'vitest';
import { readDigest } from '../../../src/tools/registry/remote-image.js';
import { foundText } from '../../support/found.js';

const digest = `sha256:${'ab'.repeat(32)}`;
const descriptor = (mediaType: string) => ({ mediaType, digest, size: 7 });
const image = {
  schemaVersion: 2,
  config: descriptor('application/vnd.oci.image.config.v1+json'),
  layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip')],
};
const index = {
  schemaVersion: 2,
  manifests: [
    {
      ...descriptor('application/vnd.oci.image.manifest.v1+json'),
      platform: { architecture: 's390x', os: 'linux' },
    },
  ],
};

function read(text: string) {
  return readDigest(foundText(text, digest));
}

test.each([
  { name: 'an image', text: JSON.stringify(image) },
  { name: 'an index, whatever its platforms', text: JSON.stringify(index) },
])('gives the digest of $name', ({ text }) => {
  expect(read(text)).toEqual({ kind: 'found', digest });
});

test.each([
  { name: 'a web page', text: '<html>Please log in</html>', failure: { code: 'corrupt', kind: 'transient' } },
  {
    name: 'an artifact',
    text: JSON.stringify({ ...image, config: descriptor('application/vnd.example+json') }),
    failure: { code: 'unknown', kind: 'permanent' },
  },
])('gives no digest of $name', ({ text, failure }) => {
  expect(read(text)).toMatchObject({ kind: 'failed', failure });
});

test('passes on that the registry did not answer', () => {
  const failed = {
    kind: 'failed',
    failure: { code: 'timeout', kind: 'transient', message: 'too late', hint: null },
  } as const;
  expect(readDigest(failed)).toBe(failed);
});
