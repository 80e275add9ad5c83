import { expect, test } from 'vitest';
import { BoundImagesError } from '../../../src/model/error.js';
import type { StoreImage } from '../../../src/model/store.js';
import type { Podman } from '../../../src/tools/podman/podman.js';
import { readStoreContent } from '../../../src/tools/podman/store-content.js';
import { resolvedImage } from '../../support/planned-image.js';
import { makeTree } from '../../support/tree.js';

const digest = `sha256:${'a'.repeat(64)}`;
const images: readonly StoreImage[] = [{ id: '1', names: ['quay.io/x/y:1'], repoDigests: [], size: null }];
const { signal } = new AbortController();
const look = { signal };
const info: Podman['info'] = async () => ({
  version: undefined,
  root: '/none',
  graphRoot: '/none',
  driver: 'overlay',
  roots: [],
  layerDirectories: [],
});

/** A store with one image and one artifact, which remembers for which artifacts it was asked. */
function store() {
  const asked: string[] = [];
  const artifact: Podman['artifact'] = async ({ text }) => {
    asked.push(text);
    return text === 'quay.io/x/data:1' ? digest : undefined;
  };
  return { podman: { images: async () => images, info, artifact } as unknown as Podman, asked };
}

test('holds every image, and the bound artifacts that are there', async () => {
  const { podman } = store();
  const there = resolvedImage('quay.io/x/data:1', { kind: 'artifact' });
  const missing = resolvedImage('quay.io/x/data:2', { kind: 'artifact' });
  expect(
    await readStoreContent(podman, [there, missing, resolvedImage('quay.io/x/y:1')], look),
  ).toMatchObject({
    images,
    artifacts: new Map([[there, digest]]),
  });
});

test('asks for no artifact where none is bound, since an older podman knows none', async () => {
  const { podman, asked } = store();
  await readStoreContent(podman, [resolvedImage('quay.io/x/data:1')], look);
  expect(asked).toEqual([]);
});

test('is not known when podman cannot be asked for an artifact', async () => {
  const failure = new Error('too old');
  const podman = { images: async () => images, artifact: () => Promise.reject(failure) } as unknown as Podman;
  const bound = [resolvedImage('quay.io/x/data:1', { kind: 'artifact' })];
  await expect(readStoreContent(podman, bound, look)).rejects.toBe(failure);
});

test('is not taken from the files of a store that others keep podman from', async () => {
  const root = makeTree({
    'overlay-images/images.json': JSON.stringify([{ id: '1', names: ['quay.io/x/y:1'] }]),
  });
  const where = { root, graphRoot: root, driver: 'overlay', roots: [root], layerDirectories: [] };
  const contentWhen = (failure: Error) => {
    const podman = { images: () => Promise.reject(failure), info: async () => where } as unknown as Podman;
    return readStoreContent(podman, [], look);
  };
  const busy = new BoundImagesError('store-busy', 'podman cannot list its images: database is locked');
  await expect(contentWhen(busy)).rejects.toBe(busy);
  const damaged = await contentWhen(new BoundImagesError('store', 'podman cannot list its images'));
  expect(damaged.images.map(({ id }) => id)).toEqual(['1']);
});
