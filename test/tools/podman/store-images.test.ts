import { expect, test } from 'vitest';
import { noPullOptions } from '../../../src/model/bound-image.js';
import { parseReference } from '../../../src/model/reference/reference.js';
import { findImages, imagesPerhaps } from '../../../src/tools/podman/store-images.js';

const digest = `sha256:${'a'.repeat(64)}`;
const alias = 'registry.example.com/app:1';
const shortNames = { stored: [alias, 'localhost/myapp:1', 'docker.io/library/myapp:1'], pulled: [alias] };

function wanted(text: string) {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(text);
  return { reference: parsed.reference, options: noPullOptions };
}

const stored = (names: readonly string[]) =>
  names.map((name, index) => ({
    id: `${index}`,
    names: [name],
    repoDigests: [`${name.replace(/:[^:/]*$/, '')}@${digest}`],
    size: null,
  }));

test.each([
  { name: 'its alias', store: [alias], found: [alias] },
  { name: 'its alias before localhost', store: ['localhost/myapp:1', alias], found: [alias] },
  {
    name: 'localhost before Docker Hub',
    store: ['docker.io/library/myapp:1', 'localhost/myapp:1'],
    found: ['localhost/myapp:1'],
  },
  {
    name: 'what ends like it, of any registry, where none is there',
    store: ['quay.io/team/myapp:1', 'quay.io/team/notmyapp:1', 'quay.io/team/myapp:2'],
    found: ['quay.io/team/myapp:1'],
  },
  { name: 'no other tag of its alias', store: ['registry.example.com/app:2'], found: [] },
])('a short name means $name', ({ store, found }) => {
  const images = findImages(stored(store), { ...wanted('myapp:1'), shortNames });
  expect(images.flatMap(({ names }) => names)).toEqual(found);
});

test('a short name with a digest means its alias with that digest, whatever its tag', () => {
  const names = { stored: [`registry.example.com/app@${digest}`], pulled: [] };
  const images = findImages(stored([alias]), { ...wanted(`myapp@${digest}`), shortNames: names });
  expect(images).toHaveLength(1);
});

test('all that a short name may mean is kept', () => {
  const store = stored(['quay.io/team/myapp:1', 'localhost/myapp:1', alias, 'quay.io/other:1']);
  const images = imagesPerhaps(store, { ...wanted('myapp:1'), shortNames });
  expect([...new Set(images.map(({ id }) => id))].sort()).toEqual(['0', '1', '2']);
});
