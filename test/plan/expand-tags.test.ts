import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { PullOptions } from '../../src/model/bound-image.js';
import type { LookedForTags, RegistryView } from '../../src/model/ports.js';
import { expandAll } from '../../src/plan/expand-tags.js';
import { resolvedImage } from '../support/planned-image.js';

const error = { code: 'connection', kind: 'transient', message: 'refused', hint: null } as const;
const found = (...tags: string[]): LookedForTags => ({ kind: 'found', tags });

function registryWith(listed: LookedForTags | undefined): RegistryView {
  const unasked = () => {
    throw new Error('nobody was to be asked');
  };
  return { image: unasked, tags: listed === undefined ? unasked : async () => listed };
}

function bound(text: string, options: Partial<PullOptions> = { allTags: { value: true, place: nowhere } }) {
  return resolvedImage(text, { options });
}

test.each([
  { text: 'quay.io/x/y', repository: 'quay.io/x/y' },
  { text: 'docker.io/nginx', repository: 'docker.io/library/nginx' },
  { text: 'localhost:5000/y', repository: 'localhost:5000/y' },
  { text: 'docker://quay.io/x/y', repository: 'quay.io/x/y' },
])(
  '$text is an image for each tag of $repository, in the order of the registry',
  async ({ text, repository }) => {
    const image = bound(text);
    const images = await expandAll([image], registryWith(found('2', '1', 'latest')));
    const [registry, ...path] = repository.split('/');
    expect(images).toEqual(
      ['2', '1', 'latest'].map((tag) => ({
        ...image,
        image: {
          ...image.image,
          reference: {
            ...image.image.reference,
            text: `${repository}:${tag}`,
            registry,
            repository: path.join('/'),
            tag,
            digest: null,
          },
          options: { ...image.image.options, allTags: undefined },
        },
      })),
    );
  },
);

test.each([
  { name: 'AllTags= is not set', text: 'quay.io/x/y', options: {} },
  {
    name: 'AllTags= is off',
    text: 'quay.io/x/y',
    options: { allTags: { value: false, place: nowhere } },
  },
  { name: 'the name is short, and nobody knows the registry', text: 'y' },
  { name: 'it names a path', text: 'oci-archive:/x.tar' },
])('an image stays itself, and nobody is asked, when $name', async ({ text, options }) => {
  const image = bound(text, options);
  expect(await expandAll([image], registryWith(undefined))).toEqual([image]);
});

test.each([
  { name: 'cannot be asked', listed: { kind: 'failed', error } as const },
  { name: 'has no tags', listed: found() },
])('an image stays itself when the registry $name', async ({ listed }) => {
  const image = bound('quay.io/x/y');
  expect(await expandAll([image], registryWith(listed))).toEqual([image]);
});

test('an image stays itself without a registry', async () => {
  const image = bound('quay.io/x/y');
  expect(await expandAll([image], undefined)).toEqual([image]);
});

test('a tag that is bound by itself, too, is one image, with its own options', async () => {
  const [all, own, other] = [bound('quay.io/x/y'), bound('quay.io/x/y:1', {}), bound('quay.io/x/z:2', {})];
  const images = await expandAll([all, own, other], registryWith(found('1', '2')));
  expect(images.map(({ image }) => image.reference.text)).toEqual([
    'quay.io/x/y:2',
    'quay.io/x/y:1',
    'quay.io/x/z:2',
  ]);
  expect(images.slice(1)).toEqual([own, other]);
});
