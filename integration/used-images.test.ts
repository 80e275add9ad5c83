import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keepNeeded, prunable } from '../src/plan/prunable.js';
import { imageNeeds } from '../src/tools/podman/image-needs.js';
import { imageStamp } from '../src/tools/podman/image-stamp.js';
import { findPodman, type Podman } from '../src/tools/podman/podman.js';
import { readStoreFiles } from '../src/tools/podman/store-files.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const { signal } = new AbortController();
let source: ImageSource;
let images: readonly SourceImage[];
beforeAll(async () => {
  source = await newImageSource(cleanup);
  images = await Promise.all(['a', 'b', 'c'].map((name) => source.push(`team/${name}:1`)));
});

const idOf = ({ config }: SourceImage) => config.digest.replace('sha256:', '');

describe.each(oneOf('used-images', ['4.3', '5.8', '6.1']))('podman %s', (version) => {
  let store: Store;
  let podman: Podman;
  const ok = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await store.podman(args);
    if (exitCode !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const pull = (image: SourceImage) => ok('pull', '--quiet', '--tls-verify=false', image.tagged);
  const at = (index: number) => {
    const image = images[index];
    if (image === undefined) throw new Error('there is no such image');
    return image;
  };

  beforeAll(async () => {
    const { podman: program } = await podmanOf(version);
    store = await cleanup.use(newStore(undefined, program));
    for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value);
    const { root, runroot } = store;
    podman = findPodman(program, { store: { root, runroot }, nice: false, layerConcurrency: undefined });
    for (const image of images) await pull(image);
  });

  test('says which images are in use, and by what another one was built', async () => {
    expect(await podman.usedImages(signal)).toEqual(new Set());
    const [base, mounted, volume] = [at(0), at(1), at(2)];
    const context = await tempDir(cleanup);
    await writeFile(join(context, 'Containerfile'), `FROM ${base.tagged}\nCOPY Containerfile /own\n`);
    const child = await ok('build', '--quiet', '--tag', 'localhost/child:1', context);
    // By a name that podman looks up when the container starts.
    const mount = 'type=image,source=team/b:1,destination=/data';
    await ok('tag', mounted.tagged, 'localhost/team/b:1');
    await ok('create', '--name', 'mounts', '--mount', mount, 'localhost/child:1', 'none');
    await ok('volume', 'create', '--driver', 'image', '--opt', `image=${volume.tagged}`, 'data');
    expect(await podman.usedImages(signal)).toEqual(new Set([child, idOf(mounted), idOf(volume)]));
    for (const [name, ...members] of [['none'], ['one', base.tagged], ['other', mounted.tagged]] as const) {
      await ok('manifest', 'create', `localhost/${name}:1`);
      const platform = name === 'other' ? ['--arch', 's390x'] : [];
      for (const member of members)
        await ok('manifest', 'add', ...platform, `localhost/${name}:1`, `containers-storage:${member}`);
    }
    const needs = imageNeeds(readStoreFiles(await podman.info(signal)));
    expect(needs.get(child)?.layers.slice(0, 1)).toEqual(needs.get(idOf(base))?.layers);
    expect(needs.get(child)?.layers).toHaveLength(2);
    const stored = (await podman.images(signal)).map(({ id }) => id);
    expect(needs.size).toBe(new Set(stored).size);
    const going = prunable(
      images.map((image) => ({ id: idOf(image), name: image.tagged })),
      (await podman.images(signal)).map((image) => ({
        ...image,
        names: image.names.filter((name) => !name.startsWith('localhost/')),
      })),
      { images: [], ids: new Set() },
      new Set(),
    );
    expect(going.map(({ action }) => action)).toEqual(['remove', 'remove', 'remove']);
    const kept = keepNeeded(going, needs, stored);
    expect(Object.fromEntries(kept.map(({ id, action }) => [id, action]))).toEqual({
      [idOf(base)]: 'used',
      [idOf(mounted)]: 'used',
      [idOf(volume)]: 'remove',
    });
    for (const name of ['none', 'one', 'other']) await ok('manifest', 'rm', `localhost/${name}:1`);
    // A container that mounts what is no more uses nothing by that.
    await ok('image', 'rm', '--force', idOf(mounted));
    expect(await podman.usedImages(signal)).toEqual(new Set([child, idOf(volume)]));
    await pull(mounted);
    await ok('rm', '--all', '--force');
    await ok('volume', 'rm', '--all');
    await ok('image', 'rm', 'localhost/child:1');
  });

  test('tells an image from the same one pulled again', async () => {
    const image = at(0);
    const stamp = () => imageStamp(store.root, idOf(image), null);
    const first = stamp();
    expect(first).not.toBeNull();
    for (const args of [
      ['images', '--all'],
      ['image', 'inspect', image.tagged],
      ['tag', image.tagged, 'localhost/other:1'],
      ['untag', image.tagged, 'localhost/other:1'],
      ['create', '--name', 'user', image.tagged, 'none'],
      ['rm', 'user'],
    ])
      await ok(...args);
    expect(stamp()).toBe(first);
    await pull(image);
    const second = stamp();
    expect(second).not.toBe(first);
    await ok('image', 'rm', '--force', idOf(image));
    expect(stamp()).toBeNull();
    await pull(image);
    expect([first, second, null]).not.toContain(stamp());
  });
});
