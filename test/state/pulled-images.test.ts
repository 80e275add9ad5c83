import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PulledImage, pulledImages } from '../../src/state/pulled-images.js';
import { makeTree, symlink } from '../support/tree.js';

type Unstamped = Omit<PulledImage, 'stamp'>;

function image(name: string, id: string): Unstamped {
  return { name, id, digest: `sha256:${id}`, at: '2026-03-01T10:00:00.000Z' };
}

const app = image('registry.example.com/app:1', 'a1');
const db = image('registry.example.com/db@sha256:d1', 'd1');

/** A store whose images are told by what `stamps` has for them, by ID, and one stamp for all else. */
function recordIn(directory: string, stamps: Record<string, string | null> = {}) {
  const pulled = pulledImages(directory, (id) => (id in stamps ? (stamps[id] ?? null) : 'first'));
  const read = () => pulled.read().images.map(({ stamp: _, ...each }) => each);
  const add = (images: readonly Unstamped[], ...ids: readonly string[]) =>
    pulled.add(images, { ours: pulled.read().images, ids: new Set(ids) });
  return { ...pulled, stamps, images: read, pull: add };
}

/** A record with these images, of which the store has had none before. */
function recordWith(...images: readonly Unstamped[]) {
  const pulled = recordIn(makeTree({}));
  pulled.pull(images);
  return pulled;
}

describe('an image that was pulled', () => {
  test('is recorded, beside those of earlier runs', () => {
    const pulled = recordWith(app);
    pulled.pull([db], 'a1');
    expect(pulled.read()).toEqual({
      images: [app, db].map((each) => ({ ...each, stamp: 'first' })),
      damage: null,
    });
  });

  test('is recorded once, as it is after the last pull', () => {
    const pulled = recordWith(app, db);
    const { images: ours } = pulled.read();
    pulled.stamps.a1 = 'second';
    pulled.add([{ ...app, at: '2026-03-02T10:00:00.000Z' }], { ours, ids: new Set(['a1', 'd1']) });
    expect(pulled.images()).toEqual([db, app]);
  });

  test('is not recorded when the store had it before', () => {
    const pulled = recordWith();
    pulled.pull([app, db], 'a1');
    expect(pulled.images()).toEqual([db]);
  });

  test('is not recorded when nothing is known of it', () => {
    const pulled = recordIn(makeTree({}), { a1: null });
    pulled.pull([app]);
    expect(pulled.images()).toEqual([]);
  });

  test('is recorded under a second name when it is ours already', () => {
    const pulled = recordWith(app);
    const renamed = image('registry.example.com/app:2', 'a1');
    pulled.pull([renamed], 'a1');
    expect(pulled.images()).toEqual([app, renamed]);
  });

  test('is recorded beside the one that had its name', () => {
    const pulled = recordWith(app);
    const newer = image(app.name, 'a2');
    pulled.pull([newer], 'a1');
    expect(pulled.images()).toEqual([app, newer]);
  });
});

describe('an image that is recorded', () => {
  test.each([
    { name: 'has gone from the store', stamp: null },
    { name: 'was pulled by somebody else', stamp: 'another' },
  ])('is no longer ours once it $name', ({ stamp }) => {
    const pulled = recordWith(app, db);
    pulled.stamps.a1 = stamp;
    expect(pulled.images()).toEqual([db]);
    pulled.pull([app], 'a1', 'd1');
    expect(pulled.images()).toEqual([db]);
    pulled.stamps.a1 = 'first';
    expect(pulled.images()).toEqual([db]);
  });

  test('is ours again when it is pulled again', () => {
    const pulled = recordWith(app);
    pulled.stamps.a1 = 'second';
    const again = { ...app, at: '2026-03-02T10:00:00.000Z' };
    pulled.pull([again]);
    expect(pulled.images()).toEqual([again]);
  });

  test('is forgotten by its name and id when it was removed', () => {
    const [renamed, newer] = [image('registry.example.com/app:2', 'a1'), image(app.name, 'a2')];
    const pulled = recordWith(app, renamed, newer, db);
    pulled.remove([{ name: app.name, id: 'a1' }, db]);
    expect(pulled.images()).toEqual([renamed, newer]);
  });
});

describe('the record', () => {
  test('is empty before anything is pulled, and makes no file for it', () => {
    const directory = makeTree({});
    const pulled = recordIn(directory);
    pulled.pull([], 'of-others');
    pulled.remove([app]);
    expect(pulled.read()).toEqual({ images: [], damage: null });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is one for each store, readable by this user only', () => {
    const top = makeTree({ 'one/x': '', 'two/x': '', link: symlink('one') });
    recordIn(join(top, 'one')).pull([app]);
    recordIn(join(top, 'two')).pull([db]);
    expect(recordIn(join(top, 'link')).images()).toEqual([app]);
    expect(recordIn(join(top, 'two/')).images()).toEqual([db]);
    expect(statSync(join(top, 'one/bound-images/pulled-images.json')).mode & 0o777).toBe(0o600);
  });

  test('that is damaged names no image, says so and is kept aside', () => {
    const directory = makeTree({});
    const pulled = recordIn(directory);
    pulled.pull([app]);
    const file = join(directory, 'bound-images/pulled-images.json');
    const cut = readFileSync(file, 'utf8').slice(0, -3);
    writeFileSync(file, cut);
    expect(pulled.read()).toEqual({
      images: [],
      damage: { file, message: expect.stringContaining('is not used'), hint: expect.any(String) },
    });
    pulled.pull([db]);
    expect(pulled.images()).toEqual([db]);
    expect(readFileSync(`${file}.damaged-1`, 'utf8')).toBe(cut);
  });
});
