import { afterAll, expect, test, vi } from 'vitest';
import { removeDamaged } from '../src/pull/remove-damaged.js';
import { findPodman } from '../src/tools/podman/podman.js';
import { readStoreImages } from '../src/tools/podman/store-content.js';
import type { Trace } from '../src/tools/process/run.js';
import { plannedImage } from '../test/support/planned-image.js';
import { newImageSource } from './support/image-source.js';
import { newStore } from './support/store.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
afterAll(() => {
  vi.unstubAllEnvs();
});

const { signal } = new AbortController();

async function newPodman(trace?: Trace) {
  const store = await cleanup.use(newStore());
  for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value);
  const { root, runroot } = store;
  const settings = { store: { root, runroot }, nice: false, layerConcurrency: undefined };
  return { store, podman: findPodman('podman', settings, trace) };
}

test('what is asked once is asked again where the question was stopped', async () => {
  const { store, podman } = await newPodman();
  await expect(podman.info(AbortSignal.abort())).rejects.toThrow();
  await expect(podman.features(AbortSignal.abort())).rejects.toThrow();
  expect(await podman.info(signal)).toMatchObject({ graphRoot: store.root });
  expect(await podman.features(signal)).toMatchObject({ version: expect.stringMatching(/^\d/) });
});

test('a damaged image whose removal is stopped has its names again', async () => {
  const stop = new AbortController();
  const { store, podman } = await newPodman(([, ...args]) => {
    if (args.includes('untag')) stop.abort();
  });
  const source = await newImageSource(cleanup);
  const { tagged } = await source.push('team/a:1');
  await store.podman(['pull', '--quiet', '--tls-verify=false', tagged]);
  await store.podman(['tag', tagged, 'localhost/mine:1']);
  const id = (await podman.images(signal))[0]?.id ?? '';
  const found = await readStoreImages(podman, [], { signal });
  const problem = { code: 'damaged', message: 'damaged', hint: '' } as const;
  const planned = [plannedImage(tagged, { id, problem })];

  await removeDamaged(planned, found, podman, () => undefined, stop.signal);

  const after = await readStoreImages(podman, [], { signal });
  expect(new Set(after.images.flatMap(({ names }) => names))).toEqual(new Set([tagged, 'localhost/mine:1']));
});
