import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/diagnostic.js';
import { expandTags } from '../../src/plan/expand-tags.js';
import type { LookedForTags, RegistryView } from '../../src/plan/plan.js';
import type { PullOptions } from '../../src/scan/bound-image.js';
import { resolvedImage } from '../support/planned-image.js';

const error = { code: 'connection', transient: true, message: 'refused', hint: null } as const;
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
    const images = await expandTags(image, registryWith(found('2', '1', 'latest')));
    const [registry, ...path] = repository.split('/');
    expect(images).toEqual(
      ['2', '1', 'latest'].map((tag) => ({
        ...image,
        source: `${repository}:${tag}`,
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
  expect(await expandTags(image, registryWith(undefined))).toEqual([image]);
});

test.each([
  { name: 'cannot be asked', listed: { kind: 'failed', error } as const },
  { name: 'has no tags', listed: found() },
])('an image stays itself when the registry $name', async ({ listed }) => {
  const image = bound('quay.io/x/y');
  expect(await expandTags(image, registryWith(listed))).toEqual([image]);
});

test('an image stays itself without a registry', async () => {
  const image = bound('quay.io/x/y');
  expect(await expandTags(image, undefined)).toEqual([image]);
});
