import { describe, test } from 'vitest';
import { checkUnit, type UnitRow } from './unit-row.js';

describe('a .pod unit', () => {
  test.each<UnitRow>([
    {
      name: 'binds the images of the containers that start with it',
      bound: 'p.pod',
      tree: {
        'p.pod': '[Pod]',
        'a.container': '[Container]\nImage=quay.io/a/a:1\nPod=p.pod',
        'b.container': '[Container]\nImage=quay.io/a/b:1\nPod=p.pod\nStartWithPod=no',
        'c.container': '[Container]\nImage=quay.io/a/c:1',
      },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'without a container binds nothing, with a warning',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]' },
      findings: ['pod-binds-nothing p.pod 1 1'],
    },
    {
      name: 'with a container that is not valid is an error',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]', 'a.container': '[Container]\nPod=p.pod' },
      findings: ['pod-container-invalid p.pod 1 1', 'image-missing a.container 1 1'],
    },
  ])('$name', checkUnit);
});
