import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { OnlineImage } from '../../../src/check/online.js';
import { onlineJson, onlineText } from '../../../src/cli/report/check-online.js';

const digest = `sha256:${'1'.repeat(64)}`;
const images: readonly OnlineImage[] = [
  {
    reference: 'quay.io/a/web:1',
    digest,
    platforms: [
      { platform: 'linux/amd64', digest, bytes: 105_400_000 },
      { platform: 'linux/arm64', digest, bytes: null },
    ],
  },
  { reference: 'quay.io/a/gone:1', digest: null, platforms: [] },
  { reference: 'quay.io/a/other:1', digest, platforms: [] },
  { reference: 'quay.io/a/data:1', digest, platforms: [{ platform: null, digest, bytes: 12 }] },
];

test('JSON has every image, also those that the registry did not tell', () => {
  expect(onlineJson(images)).toEqual({ images });
});

test('the text has what a host of each platform downloads', () => {
  expect(onlineText(images, new PassThrough() as never)).toBe(
    `quay.io/a/web:1
  ${digest}  linux/amd64 105 MB, linux/arm64 of unknown size
quay.io/a/other:1
  ${digest}
quay.io/a/data:1
  ${digest}  artifact 12 B
`,
  );
});
