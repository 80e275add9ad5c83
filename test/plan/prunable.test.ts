import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import { canonicalName } from '../../src/model/reference/reference.js';
import type { StoreImage } from '../../src/model/store.js';
import { type Bound, keepNeeded, prunable } from '../../src/plan/prunable.js';
import type { ImageNeeds } from '../../src/tools/podman/image-needs.js';
import { imagesFor } from '../../src/tools/podman/store-images.js';
import { resolvedImage } from '../support/planned-image.js';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;
const at = '2026-03-01T10:00:00.000Z';

const pulled = (id: string, ...names: readonly string[]) =>
  names.map((name) => ({ name, digest: a, id, at }));

function stored(id: string, names: readonly string[], repoDigests: readonly string[] = []): StoreImage {
  return { id, names, repoDigests, size: 1000 };
}

function bound(...texts: readonly string[]): Bound {
  return { images: texts.map((text) => resolvedImage(text).image), ids: new Set() };
}

const nobody: ReadonlySet<string> = new Set();

describe('an image that was pulled', () => {
  test.each([
    { name: 'by its name', pulledAs: 'quay.io/x/y:1', names: ['quay.io/x/y:1'], binds: 'quay.io/x/y:1' },
    {
      name: 'without a tag, stored as latest',
      pulledAs: 'quay.io/x/y:latest',
      names: ['quay.io/x/y:latest'],
      binds: 'quay.io/x/y',
    },
    {
      name: 'with tag and digest, stored without the tag',
      pulledAs: `quay.io/x/y@${a}`,
      names: [`quay.io/x/y@${a}`],
      binds: `quay.io/x/y:1@${a}`,
    },
    {
      name: 'without the library of Docker Hub',
      pulledAs: 'docker.io/library/y:1',
      names: ['docker.io/library/y:1'],
      binds: 'docker.io/y:1',
    },
    {
      name: 'by a short name',
      pulledAs: 'docker.io/library/y:1',
      names: ['docker.io/library/y:1'],
      binds: 'y:1',
    },
    {
      name: 'under another name than it was pulled by',
      pulledAs: 'quay.io/x/y:1',
      names: ['quay.io/x/y:1', 'quay.io/x/z:2'],
      binds: 'quay.io/x/z:2',
    },
    {
      name: 'by the digest of what was pulled by tag',
      pulledAs: 'quay.io/x/y:1',
      names: ['quay.io/x/y:1'],
      binds: `quay.io/x/y@${a}`,
    },
  ])('stays when it is bound $name', ({ pulledAs, names, binds }) => {
    const image = stored('1', names, [`quay.io/x/y@${a}`]);
    const [found, ...others] = prunable(pulled('1', pulledAs), [image], bound(binds), nobody);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: '1', action: 'bound', names: [pulledAs] });
  });

  const ours = [stored('1', ['quay.io/x/y:1'])];

  test.each([
    {
      name: 'stays when it is bound, though a container uses it',
      used: ['1'],
      texts: ['quay.io/x/y:1'],
      action: 'bound',
    },
    { name: 'stays when a container uses it', used: ['1'], texts: [], action: 'used' },
    {
      name: 'goes when nothing wants it',
      used: ['2'],
      texts: ['quay.io/x/y:2', 'quay.io/x/yy:1'],
      action: 'remove',
    },
  ])('$name', ({ used, texts, action }) => {
    expect(prunable(pulled('1', 'quay.io/x/y:1'), ours, bound(...texts), new Set(used))).toEqual([
      { id: '1', names: ['quay.io/x/y:1'], pulledAs: ['quay.io/x/y:1'], size: 1000, action },
    ]);
  });

  test('stays when it was proved to be there for a deployment, whatever its name is now', () => {
    const wanted = { images: [], ids: new Set(['1']) };
    const found = prunable(pulled('1', 'quay.io/x/y:1'), [stored('1', [])], wanted, nobody);
    expect(found).toMatchObject([{ id: '1', action: 'bound' }]);
  });

  test('stays for AllTags=, whatever its tag', () => {
    const image = resolvedImage('quay.io/x/y', {
      options: { allTags: { value: true, place: nowhere } },
    }).image;
    const images = [stored('1', ['quay.io/x/y:1']), stored('2', ['quay.io/x/yy:1'])];
    const record = [...pulled('1', 'quay.io/x/y:1'), ...pulled('2', 'quay.io/x/yy:1')];
    const found = prunable(record, images, { images: [image], ids: new Set() }, nobody);
    expect(found.map(({ id, action }) => [id, action])).toEqual([
      ['1', 'bound'],
      ['2', 'remove'],
    ]);
  });

  test('is listed once, though podman lists it for each of its names', () => {
    const names = ['quay.io/x/y:1', 'quay.io/x/y:2'];
    const images = [stored('1', names), stored('1', names)];
    expect(prunable(pulled('1', ...names), images, bound(), nobody)).toEqual([
      { id: '1', names, pulledAs: names, size: 1000, action: 'remove' },
    ]);
  });

  test('is left out when it is not in the store any more', () => {
    expect(prunable(pulled('1', 'quay.io/x/y:1'), [], bound(), nobody)).toEqual([]);
  });

  test('only loses its name when somebody gave it another', () => {
    const images = [stored('1', ['quay.io/x/y:1', 'localhost/mine:1'])];
    expect(prunable(pulled('1', 'quay.io/x/y:1'), images, bound(), nobody)).toMatchObject([
      { names: ['quay.io/x/y:1'], action: 'untag' },
    ]);
  });

  test('is left alone when it has only a name of somebody else’s', () => {
    const images = [stored('1', ['localhost/mine:1'])];
    expect(prunable(pulled('1', 'quay.io/x/y:1'), images, bound(), nobody)).toEqual([]);
  });
});

describe('an image that another one is built on', () => {
  const needs = (layers: readonly string[], members: readonly string[] = []): ImageNeeds => ({
    layers,
    members,
    manifests: [`sha256:${layers.join('')}`],
  });
  const all = new Map([
    ['base', needs(['1', '2'])],
    ['built', needs(['1', '2', '3'])],
    ['beside', needs(['1', '4'])],
    ['empty', needs([])],
    ['listed', needs(['5'])],
    ['list', needs([], ['sha256:5', 'sha256:6'])],
  ]);
  const found = (...ids: readonly string[]) =>
    prunable(
      ids.flatMap((id) => pulled(id, `quay.io/x/${id}:1`)),
      ids.map((id) => stored(id, [`quay.io/x/${id}:1`])),
      bound(),
      nobody,
    );

  test.each([
    { name: 'stays with it', going: ['base'], removed: [] },
    { name: 'goes with it', going: ['base', 'built'], removed: ['base', 'built'] },
    { name: 'is no other one that shares layers', going: ['beside', 'built'], removed: ['beside', 'built'] },
    { name: 'has layers', going: ['empty'], removed: ['empty'] },
    { name: 'may be any whose layers are unknown', going: ['unknown'], removed: [] },
    { name: 'or that is in a list stays with it', going: ['listed'], removed: [] },
    { name: 'or that is in a list goes with it', going: ['listed', 'list'], removed: ['listed', 'list'] },
    {
      name: 'stays while it is not known what another one needs',
      going: ['beside'],
      others: ['x'],
      removed: [],
    },
  ])('$name', ({ going, others = [], removed }) => {
    const kept = keepNeeded(found(...going), all, [...all.keys(), ...others]);
    expect(kept.flatMap(({ id, action }) => (action === 'remove' ? id : []))).toEqual(removed);
  });
});

test('an image that something else pulled is not touched', () => {
  const images = [stored('1', ['quay.io/x/y:1']), stored('2', [])];
  expect(prunable(pulled('3', 'quay.io/x/y:1'), images, bound(), nobody)).toEqual([]);
});

test('when a tag has moved on, the old image goes without the name, and the new one keeps it', () => {
  const record = [...pulled('old', 'quay.io/x/y:latest'), ...pulled('new', 'quay.io/x/y:latest')];
  const images = [stored('new', ['quay.io/x/y:latest']), stored('old', [], [`quay.io/x/y@${b}`])];
  expect(prunable(record, images, bound('quay.io/x/y'), nobody)).toEqual([
    {
      id: 'new',
      names: ['quay.io/x/y:latest'],
      pulledAs: ['quay.io/x/y:latest'],
      size: 1000,
      action: 'bound',
    },
    { id: 'old', names: [], pulledAs: ['quay.io/x/y:latest'], size: 1000, action: 'remove' },
  ]);
});

test('each image goes that two registries have under one short name, when nothing binds it', () => {
  const images = [stored('1', ['quay.io/y:1']), stored('2', ['docker.io/library/y:1'])];
  const record = [...pulled('1', 'quay.io/y:1'), ...pulled('2', 'docker.io/library/y:1')];
  const actions = (wanted: Bound) => prunable(record, images, wanted, nobody).map(({ action }) => action);
  expect([actions(bound('y:1')), actions(bound('y:2'))]).toEqual([
    ['bound', 'bound'],
    ['remove', 'remove'],
  ]);
});

describe('of any store', () => {
  const texts = [
    'quay.io/x/y',
    'quay.io/x/y:1',
    `quay.io/x/y@${a}`,
    `quay.io/x/y:1@${b}`,
    'y:1',
    'docker.io/y:1',
  ];
  const names = [
    'quay.io/x/y:latest',
    'quay.io/x/y:1',
    `quay.io/x/y@${a}`,
    'docker.io/library/y:1',
    'localhost/y:1',
  ];
  const ids = ['1', '2', '3'];
  const store = fc
    .tuple(fc.array(fc.constantFrom(...ids), { minLength: 5, maxLength: 5 }), fc.subarray(names))
    .map(([owners, present]) =>
      ids.map((id) =>
        stored(
          id,
          present.filter((name) => owners[names.indexOf(name)] === id),
          [`quay.io/x/y@${id === '1' ? a : b}`],
        ),
      ),
    );
  const record = fc
    .array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...names)))
    .map((pairs) => pairs.flatMap(([id, name]) => pulled(id, name)));

  test('nothing that is bound, used or of others is removed, and no name but its own is taken', () => {
    fc.assert(
      fc.property(store, record, fc.subarray(texts), fc.subarray(ids), (images, recorded, wanted, used) => {
        for (const { id, names: own, action } of prunable(
          recorded,
          images,
          bound(...wanted),
          new Set(used),
        )) {
          const image = images.find((each) => each.id === id);
          expect(recorded.map((each) => each.id)).toContain(id);
          expect(image?.names).toEqual(expect.arrayContaining([...own]));
          if (action !== 'remove' && action !== 'untag') continue;
          expect(used).not.toContain(id);
          for (const text of wanted) {
            const { image: each } = resolvedImage(text);
            expect(imagesFor(each, images).map((found) => found.id)).not.toContain(id);
            expect(own).not.toContain(canonicalName(each.reference));
          }
          if (action === 'remove') expect(own).toEqual(image?.names);
        }
      }),
    );
  });
});
