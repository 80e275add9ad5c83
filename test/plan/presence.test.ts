import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { StoreImage } from '../../src/model/store.js';
import { presenceOf, type RecordedImage } from '../../src/plan/presence.js';
import { resolvedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;

const nothingWrong = { platform: null, problem: null, unproved: null };

function stored(id: string, names: readonly string[], digests: readonly string[] = [a]): StoreImage {
  const repository = names[0]?.replace(/[:@][^/]*$/, '') ?? 'quay.io/x/y';
  return { id, names, repoDigests: digests.map((digest) => `${repository}@${digest}`), size: 1000 };
}

function look(
  text: string,
  images: readonly StoreImage[],
  recorded: Readonly<Record<string, RecordedImage>> = {},
  resolved = resolvedImage(text),
) {
  return presenceOf(
    [resolved],
    { images, artifacts: new Map(), proofOf: soundImage },
    new Map(Object.entries(recorded)),
  ).map(({ resolved: { image }, ...rest }) => ({ reference: image.reference.text, ...rest }));
}

describe('one image', () => {
  test.each([
    { name: 'a name that is there', text: 'quay.io/x/y:1', images: [stored('1', ['quay.io/x/y:1'])] },
    { name: 'no tag for latest', text: 'quay.io/x/y', images: [stored('1', ['quay.io/x/y:latest'])] },
    {
      name: 'a digest beside a tag, which podman drops',
      text: `quay.io/x/y:1@${a}`,
      images: [stored('1', [`quay.io/x/y@${a}`])],
    },
    {
      name: 'a digest of an image that has a tag',
      text: `quay.io/x/y@${a}`,
      images: [stored('1', ['quay.io/x/y:1'])],
    },
    {
      name: 'the digest of an index that two images have',
      text: `quay.io/x/y@${a}`,
      images: [stored('2', ['quay.io/x/y:2'], [b, a]), stored('1', ['quay.io/x/y:1'], [a])],
    },
    { name: 'a short name in any registry', text: 'y:1', images: [stored('1', ['docker.io/library/y:1'])] },
    {
      name: 'the digest that was recorded for a tag',
      text: 'quay.io/x/y:1',
      images: [stored('1', ['quay.io/x/y:1'])],
      recorded: { 'quay.io/x/y:1': { digest: a, id: '1' } },
    },
    {
      name: 'a recorded digest in the second of the images that a short name may mean',
      text: 'y:1',
      images: [stored('2', ['quay.io/y:1'], [b]), stored('1', ['docker.io/library/y:1'], [a])],
      recorded: { 'y:1': { digest: a, id: '1' } },
    },
    {
      name: 'the ID that was recorded for an archive',
      text: 'docker-archive:/usr/share/x.tar',
      images: [stored('1', ['localhost/x:1'])],
      recorded: { 'docker-archive:/usr/share/x.tar': { digest: a, id: '1' } },
    },
    {
      name: 'the ID that was recorded for a short name that is an alias of another',
      text: 'alias:1',
      images: [stored('1', ['quay.io/x/y:1'])],
      recorded: { 'alias:1': { digest: a, id: '1' } },
    },
  ])('is present by $name', ({ text, images, recorded }) => {
    expect(look(text, images, recorded)).toEqual([
      { reference: text, isPresent: true, digest: a, size: 1000, ...nothingWrong },
    ]);
  });

  test.each([
    { name: 'the store is empty', text: 'quay.io/x/y:1', images: [], digest: null, size: null },
    {
      name: 'its name goes on where the stored one ends',
      text: 'quay.io/x/y:1',
      images: [stored('1', ['quay.io/x/y:10'])],
      digest: null,
      size: null,
    },
    {
      name: 'another repository has the digest',
      text: `quay.io/x/y@${a}`,
      images: [stored('1', ['quay.io/x/z:1'])],
      digest: null,
      size: null,
    },
    {
      name: 'its tag means another image than was recorded',
      text: 'quay.io/x/y:1',
      images: [stored('2', ['quay.io/x/y:1'], [b])],
      recorded: { 'quay.io/x/y:1': { digest: a, id: '1' } },
      digest: b,
      size: 1000,
    },
    {
      name: 'the recorded image has lost its name',
      text: 'quay.io/x/y:1',
      images: [stored('1', [], [a])],
      recorded: { 'quay.io/x/y:1': { digest: a, id: '1' } },
      digest: null,
      size: null,
    },
    {
      name: 'nobody knows what an archive brought',
      text: 'docker-archive:/usr/share/x.tar',
      images: [stored('1', ['localhost/x:1'])],
      digest: null,
      size: null,
    },
    {
      name: 'what an archive brought is gone',
      text: 'oci:/usr/share/x',
      images: [stored('2', ['localhost/x:1'])],
      recorded: { 'oci:/usr/share/x': { digest: a, id: '1' } },
      digest: null,
      size: null,
    },
  ])('is missing when $name', ({ text, images, recorded, digest, size }) => {
    expect(look(text, images, recorded)).toEqual([
      { reference: text, isPresent: false, digest, size, ...nothingWrong },
    ]);
  });

  test('is judged by the digest that is bound, whatever was recorded', () => {
    const text = `quay.io/x/y@${a}`;
    const [presence] = look(text, [stored('1', [text], [a])], { [text]: { digest: b, id: '2' } });
    expect(presence).toMatchObject({ isPresent: true, digest: a });
  });
});

describe('an artifact', () => {
  const artifact = (text: string) => resolvedImage(text, { kind: 'artifact' });
  const presence = (text: string, digest: string | undefined, recorded: string | null) => {
    const resolved = artifact(text);
    const artifacts = new Map(digest === undefined ? [] : [[resolved, digest]]);
    const images = [stored('1', ['quay.io/x/y:1'])];
    const known = new Map([[text, { digest: recorded, id: null }]]);
    return presenceOf([resolved], { images, artifacts, proofOf: soundImage }, known).map(
      ({ isPresent }) => isPresent,
    );
  };

  test.each([
    { name: 'is present by its name', text: 'quay.io/x/y:1', digest: a, recorded: null, isPresent: true },
    {
      name: 'is present by its digest',
      text: `quay.io/x/y@${a}`,
      digest: a,
      recorded: null,
      isPresent: true,
    },
    { name: 'is present as recorded', text: 'quay.io/x/y:1', digest: a, recorded: a, isPresent: true },
    {
      name: 'is missing where an image has its name',
      text: 'quay.io/x/y:1',
      recorded: null,
      isPresent: false,
    },
    {
      name: 'is missing when its tag has moved',
      text: 'quay.io/x/y:1',
      digest: b,
      recorded: a,
      isPresent: false,
    },
  ])('$name', ({ text, digest, recorded, isPresent }) => {
    expect(presence(text, digest, recorded)).toEqual([isPresent]);
  });
});

describe('AllTags=', () => {
  const all = resolvedImage('quay.io/x/y', { options: { allTags: { value: true, place: nowhere } } });
  const images = [stored('1', ['quay.io/x/y:1']), stored('3', ['quay.io/x/yz:latest'])];

  test('stands for each tag that was recorded', () => {
    const recorded = {
      'quay.io/x/y:1': { digest: a, id: '1' },
      'quay.io/x/y:2': { digest: b, id: '2' },
      'quay.io/x/yz:latest': { digest: a, id: '3' },
    };
    expect(look('', images, recorded, all)).toEqual([
      { reference: 'quay.io/x/y:1', isPresent: true, digest: a, size: 1000, ...nothingWrong },
      { reference: 'quay.io/x/y:2', isPresent: false, digest: null, size: null, ...nothingWrong },
    ]);
  });

  test('is present by any tag when none was recorded', () => {
    expect(look('', images, {}, all)).toEqual([
      { reference: 'quay.io/x/y', isPresent: true, digest: a, size: 1000, ...nothingWrong },
    ]);
  });

  test('is missing when the repository has no image', () => {
    expect(look('', images.slice(1), {}, all)).toMatchObject([{ isPresent: false }]);
  });
});

test('keeps the order of the images', () => {
  const texts = ['quay.io/x/b:1', 'quay.io/x/a:1', 'quay.io/x/c:1'];
  const found = presenceOf(
    texts.map((text) => resolvedImage(text)),
    { images: [], artifacts: new Map(), proofOf: soundImage },
  );
  expect(found.map(({ resolved }) => resolved.image.reference.text)).toEqual(texts);
});

describe('an image of the store', () => {
  const platform = { os: 'linux', architecture: 's390x', variant: null };
  const damage = { problem: 'no diff', layers: ['x'] };
  const wrong = { 2: { platform }, 3: { damage }, 4: { unproved: 'btrfs' } } as const;
  const lookAt = (text: string, images: readonly StoreImage[], recorded: readonly string[] = []) => {
    const proofOf = (id: string) => ({ ...soundImage(), ...wrong[Number(id) as keyof typeof wrong] });
    const known = new Map(recorded.map((id) => [text, { digest: a, id }]));
    return presenceOf([resolvedImage(text)], { images, artifacts: new Map(), proofOf }, known)[0];
  };
  const path = 'docker-archive:/usr/share/x.tar';

  test.each([
    { name: 'for another platform', text: 'quay.io/x/y:1', id: '2', code: 'no-platform' },
    { name: 'that is damaged', text: 'quay.io/x/y:1', id: '3', code: 'damaged' },
    { name: 'for another platform, by digest', text: `quay.io/x/y@${a}`, id: '2', code: 'no-platform' },
    { name: 'that is damaged, of a short name', text: 'y:1', id: '3', code: 'damaged' },
    { name: 'for another platform, of a path', text: path, id: '2', code: 'no-platform' },
  ])('$name is not present', ({ text, id, code }) => {
    const images = [stored(id, [text === 'y:1' ? 'docker.io/library/y:1' : 'quay.io/x/y:1'])];
    expect(lookAt(text, images, [id])).toMatchObject({ isPresent: false, problem: { code } });
  });

  test('for this platform is present beside another one of its index', () => {
    const images = [stored('2', ['quay.io/x/y:1']), stored('1', ['quay.io/x/y:2'])];
    expect(lookAt(`quay.io/x/y@${a}`, images)).toMatchObject({ isPresent: true, problem: null });
  });

  test('of which nobody can tell is present, and that is said', () => {
    const images = [stored('4', ['quay.io/x/y:1'])];
    expect(lookAt('quay.io/x/y:1', images)).toMatchObject({ isPresent: true, unproved: 'btrfs' });
  });
});
