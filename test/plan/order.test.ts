import { expect, test } from 'vitest';
import { leaders } from '../../src/plan/order.js';
import { parseReference } from '../../src/reference/reference.js';

function references(texts: readonly string[]) {
  return texts.map((text) => {
    const parsed = parseReference(text);
    if (!parsed.ok) throw new Error(text);
    return parsed.reference;
  });
}

test.each([
  {
    name: 'lets the first of a namespace go first',
    images: ['r.io/a/1', 'r.io/a/2', 'r.io/a/3'],
    after: [null, 'r.io/a/1', 'r.io/a/1'],
  },
  {
    name: 'lets namespaces and registries go side by side',
    images: ['r.io/a/1', 'r.io/b/1', 's.io/a/1'],
    after: [null, null, null],
  },
  {
    name: 'takes deeper names for one namespace',
    images: ['r.io/a/x/1', 'r.io/a/y/1'],
    after: [null, 'r.io/a/x/1'],
  },
  {
    name: 'takes a registry without namespaces for one',
    images: ['r.io/1', 'r.io/2'],
    after: [null, 'r.io/1'],
  },
  {
    name: 'takes archives for one',
    images: ['oci-archive:/a', 'oci-archive:/b'],
    after: [null, 'oci-archive:/a'],
  },
])('$name', ({ images, after }) => {
  expect(leaders(references(images)).map((leader) => leader?.text ?? null)).toEqual(after);
});
