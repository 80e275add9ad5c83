import { describe, test } from 'vitest';
import { checkUnit, type UnitRow } from './unit-row.js';

const volume = '[Volume]\nDriver=image\nImage=';
const imageB = '[Image]\nImage=quay.io/a/b:1\nArch=arm64';

describe('a .container unit', () => {
  const container = (line: string) => `[Container]\nImage=quay.io/a/a:1\n${line}`;
  test.each<UnitRow>([
    {
      name: 'binds the image of a volume unit',
      bound: 'a.container',
      tree: {
        'a.container': container('Volume=v.volume:/x'),
        'v.volume': `${volume}b.image`,
        'b.image': imageB,
      },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds the image unit of a mount',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=image,source=b.image,dst=/x'), 'b.image': imageB },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds the image of a mount, with a warning that points at it',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=image,\\\n  src=quay.io/a/b:1,dst=/x') },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: ['image-pulled-by-none a.container 4 7'],
    },
    {
      name: 'binds no image for mounts of paths and names',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=bind,src=/b,dst=/b\nVolume=b:/c\nMount=src=d,dst=/d') },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'with a volume unit that is not valid is an error at both',
      bound: 'a.container',
      tree: { 'a.container': container('Volume=v.volume:/x'), 'v.volume': '[Volume]\nDriver=image' },
      images: ['quay.io/a/a:1'],
      findings: ['image-unit-invalid a.container 3 8', 'image-missing v.volume 1 1'],
    },
  ])('$name', checkUnit);
});
