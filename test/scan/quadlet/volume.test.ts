import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { symlink } from '../../support/tree.js';
import { checkUnit, type UnitRow } from './unit-row.js';

const units = 'usr/share/containers/systemd';
const volume = '[Volume]\nDriver=image\nImage=';
const imageB = '[Image]\nImage=quay.io/a/b:1\nArch=arm64';

describe('a .volume unit', () => {
  test.each<UnitRow>([
    {
      name: 'binds the image of its .image unit, pulled as that says',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}b.image`, 'b.image': imageB },
      images: ['quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds its image, with a warning that podman does not pull it',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}quay.io/a/a:1` },
      images: ['quay.io/a/a:1'],
      findings: ['image-pulled-by-none v.volume 3 7'],
    },
    {
      name: 'of another driver binds nothing, with a warning',
      bound: 'v.volume',
      tree: { 'v.volume': '[Volume]\nImage=quay.io/a/a:1' },
      findings: ['volume-binds-nothing v.volume 1 1'],
    },
    {
      name: 'with options and no device is an error before podman 6',
      bound: 'v.volume',
      tree: { 'v.volume': '[Volume]\nOptions=ro' },
      findings: ['podman-versions-differ v.volume 2 9', 'volume-binds-nothing v.volume 1 1'],
    },
    {
      name: 'with an .image unit that is missing is an error',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}b.image` },
      findings: ['image-unit-missing v.volume 3 7'],
    },
  ])('$name', checkUnit);
});

test('a .volume unit in bootc’s own directory is a warning, as bootc knows none', () => {
  const { newRoot } = makeRoots({
    'usr/lib/bootc/bound-images.d/v.volume': symlink(`/${units}/v.volume`),
    [`${units}/v.volume`]: `${volume}b.image`,
    [`${units}/b.image`]: imageB,
  });
  const { images, diagnostics } = scan(newRoot);
  expect(images).toHaveLength(1);
  expect(diagnostics.map(({ rule }) => rule)).toEqual(['entry-in-bootc-directory']);
});
