import { expect } from 'vitest';
import { dropIn } from '../../../support/entries.js';
import type { Lab, Row } from '../../row.js';
import { digestOf, type MemoryRegistry, send, startMemoryRegistry } from '../../support/memory-registry.js';
import { mebibyte } from '../registries.js';
import { expectRightBytes, layerOf } from './blob-trick.js';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** A registry beside the row's own that is not hostile, or the other way round. */
async function anotherRegistry({ cleanup }: Lab): Promise<MemoryRegistry> {
  return await cleanup.use(startMemoryRegistry());
}

const both = ['--keep-going', '--format', 'json'];

/** What the hostile registry says or does of a layer that an image of another registry has, too. */
const lies: readonly {
  readonly name: string;
  /** The manifest of the hostile image, made of the other's. */
  readonly manifest?: (text: string) => string;
  readonly args?: readonly string[];
  readonly answer: Parameters<MemoryRegistry['misbehave']>[0];
}[] = [
  {
    name: 'sends other bytes of it',
    answer: ({ kind }, r) => {
      if (kind !== 'blob') return false;
      send(r, 200, 'application/octet-stream', mebibyte);
      return true;
    },
  },
  {
    name: 'never sends it',
    args: ['--stall-timeout', '2s', '--timeout', '20s'],
    answer: ({ kind }) => kind === 'blob',
  },
  {
    name: 'refuses it',
    answer: ({ kind }, r) => {
      if (kind !== 'blob') return false;
      send(r, 403, 'application/json', Buffer.from('{}'));
      return true;
    },
  },
  {
    name: 'calls it smaller',
    manifest: (text) => text.replaceAll(/("size":)\d+(?=[,}][^{]*\]\})/g, '$15'),
    answer: () => false,
  },
  {
    name: 'calls it a gigabyte larger',
    manifest: (text) => text.replaceAll(/("size":)\d+(?=[,}][^{]*\]\})/g, '$11000000000'),
    answer: () => false,
  },
];

/** What one registry does must not be at another's expense: images that share a layer share no fate. */
const shared: readonly Row[] = lies.flatMap(({ name, manifest = (text) => text, args = [], answer }) =>
  (['first', 'last'] as const).map(
    (place): Row => ({
      name: `a registry that has a layer of another, and ${name} (${place})`,
      short: 'some',
      attack: async (lab) => {
        const text = `shared with ${lab.scratch}`;
        const app = lab.image({ layer: layerOf(text) });
        const other = await anotherRegistry(lab);
        const [layer = ''] = app.layers;
        const hostile = other.put('row/hostile', '1', { layer: layerOf(text) });
        const [same = ''] = hostile.layers;
        expect(same).toBe(layer);
        const said = manifest(manifestText(lab, app.repository));
        other.putManifest('row/hostile', '1', manifestType, Buffer.from(said));
        other.misbehave(answer);
        const reference = `${other.host}/row/hostile:1`;
        const references = place === 'first' ? [reference, app.tagged] : [app.tagged, reference];
        return {
          newRoot: dropIn('x', references),
          runs: [
            {
              command: 'pull',
              args: [...both, '--retries', '2', ...args],
              status: [0, 1, 75],
              stores: [app.tagged],
            },
          ],
          afterwards: () => expectRightBytesOf(lab, app.tagged, text),
        };
      },
    }),
  ),
);

async function expectRightBytesOf({ store }: Lab, reference: string, text: string): Promise<void> {
  expect(await store.contents(reference, 'data/content')).toBe(text);
}

/** The manifest of an image of the row's own registry, from its blobs. */
function manifestText({ registry }: Lab, repository: string): string {
  const text = registry.manifest(repository, '1')?.toString();
  if (text === undefined) throw new Error(`the registry has no ${repository}`);
  return text;
}

/** Registries that have other images under the same path and tag. */
const samePath: Row = {
  name: 'two registries with the same repositories and tags, and other images',
  attack: async (lab) => {
    const app = lab.image();
    const other = await anotherRegistry(lab);
    const text = 'of the other one\n';
    other.put(app.repository, '1', { layer: layerOf(text) });
    const reference = `${other.host}/${app.repository}:1`;
    return {
      newRoot: dropIn('x', [app.tagged, reference]),
      runs: [{ command: 'pull', status: [0], stores: [app.tagged, reference] }],
      afterwards: async () => {
        await expectRightBytes(lab, app);
        await expectRightBytesOf(lab, reference, text);
      },
    };
  },
};

/** A layer twice in one manifest, which podman asks for twice at the same time. */
const twice: Row = {
  name: 'a manifest that has a layer twice, with two sizes',
  attack: (lab) => {
    const app = lab.image();
    const manifest = JSON.parse(manifestText(lab, app.repository));
    const [layer] = manifest.layers;
    manifest.layers = [layer, { ...layer, size: layer.size + 1 }, { ...layer, size: 2 ** 40 }];
    lab.registry.putManifest(app.repository, '1', manifestType, Buffer.from(JSON.stringify(manifest)));
    return {
      newRoot: dropIn('x', [app.tagged]),
      runs: [
        {
          command: 'pull',
          status: [1, 3, 75],
          bounds: { requests: 40, sentMegabytes: 10 },
          lacks: [app.tagged],
        },
      ],
    };
  },
};

/** The config of one image as the layer of another, and a manifest as a layer. */
const confused: Row = {
  name: 'manifests and configs that are said to be layers',
  attack: (lab) => {
    const app = lab.image();
    const manifest = JSON.parse(manifestText(lab, app.repository));
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = lab.registry.putBlob(bytes);
    expect(digest).toBe(digestOf(bytes));
    const strange = {
      ...manifest,
      layers: [
        { ...manifest.layers[0], digest, size: bytes.length },
        { ...manifest.layers[0], digest: manifest.config.digest, size: manifest.config.size },
      ],
    };
    lab.registry.putManifest('row/strange', '1', manifestType, Buffer.from(JSON.stringify(strange)));
    const reference = `${lab.registry.host}/row/strange:1`;
    return {
      newRoot: dropIn('x', [reference, app.tagged]),
      runs: [{ command: 'pull', args: both, status: [1, 3, 75], stores: [app.tagged], lacks: [reference] }],
      afterwards: () => expectRightBytes(lab, app),
    };
  },
};

export const sharedRows: readonly Row[] = [...shared, samePath, twice, confused];
