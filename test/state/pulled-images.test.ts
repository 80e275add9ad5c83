import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PulledImage, pulledImages } from '../../src/state/pulled-images.js';
import { makeTree } from '../support/tree.js';

function image(name: string, id: string): PulledImage {
  return { name, id, digest: `sha256:${id}`, at: '2026-03-01T10:00:00.000Z' };
}

const app = image('registry.example.com/app:1', 'a1');
const db = image('registry.example.com/db@sha256:d1', 'd1');

/** A record with these images, of which the store has had none before. */
function recordWith(...images: readonly PulledImage[]) {
  const pulled = pulledImages(makeTree({}), '');
  pulled.add(images, new Set());
  return pulled;
}

describe('an image that was pulled', () => {
  test('is recorded, beside those of earlier runs', () => {
    const pulled = recordWith(app);
    pulled.add([db], new Set(['a1']));
    expect(pulled.read()).toEqual({ images: [app, db], damage: null });
  });

  test('is recorded once', () => {
    const pulled = recordWith(app);
    pulled.add([{ ...app, at: '2026-03-02T10:00:00.000Z' }], new Set(['a1']));
    expect(pulled.read().images).toEqual([app]);
  });

  test('is not recorded when the store had it before', () => {
    const pulled = recordWith();
    pulled.add([app, db], new Set(['a1']));
    expect(pulled.read().images).toEqual([db]);
  });

  test('is recorded under a second name when it is ours already', () => {
    const pulled = recordWith(app);
    const renamed = image('registry.example.com/app:2', 'a1');
    pulled.add([renamed], new Set(['a1']));
    expect(pulled.read().images).toEqual([app, renamed]);
  });

  test('is recorded beside the one that had its name', () => {
    const pulled = recordWith(app);
    const newer = image(app.name, 'a2');
    pulled.add([newer], new Set(['a1']));
    expect(pulled.read().images).toEqual([app, newer]);
  });
});

describe('an image that is recorded', () => {
  test('is no longer ours once it has gone from the store', () => {
    const pulled = recordWith(app, db);
    pulled.add([], new Set(['d1', 'of-others']));
    expect(pulled.read().images).toEqual([db]);
    pulled.add([app], new Set(['a1', 'd1']));
    expect(pulled.read().images).toEqual([db]);
  });

  test('is ours again when it is pulled again', () => {
    const pulled = recordWith(app);
    const again = { ...app, at: '2026-03-02T10:00:00.000Z' };
    pulled.add([again], new Set());
    expect(pulled.read().images).toEqual([again]);
  });

  test('is forgotten by its name and id when it was removed', () => {
    const [renamed, newer] = [image('registry.example.com/app:2', 'a1'), image(app.name, 'a2')];
    const pulled = recordWith(app, renamed, newer, db);
    pulled.remove([{ name: app.name, id: 'a1' }, db]);
    expect(pulled.read().images).toEqual([renamed, newer]);
  });
});

describe('the record', () => {
  test('is empty before anything is pulled, and makes no file for it', () => {
    const directory = makeTree({});
    const pulled = pulledImages(directory, '');
    pulled.add([], new Set(['of-others']));
    pulled.remove([app]);
    expect(pulled.read()).toEqual({ images: [], damage: null });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('is one for each store, readable by this user only', () => {
    const directory = makeTree({});
    pulledImages(directory, '').add([app], new Set());
    pulledImages(directory, '/srv/storage').add([db], new Set());
    expect(pulledImages(directory, '').read().images).toEqual([app]);
    expect(pulledImages(directory, '/srv/storage/').read().images).toEqual([db]);
    expect(statSync(join(directory, 'stores/default/pulled-images.json')).mode & 0o777).toBe(0o600);
  });

  test('that is damaged names no image, says so and is kept aside', () => {
    const directory = makeTree({});
    const pulled = pulledImages(directory, '');
    pulled.add([app], new Set());
    const file = join(directory, 'stores/default/pulled-images.json');
    const cut = readFileSync(file, 'utf8').slice(0, -3);
    writeFileSync(file, cut);
    expect(pulled.read()).toEqual({
      images: [],
      damage: { file, message: expect.stringContaining('is not used'), hint: expect.any(String) },
    });
    pulled.add([db], new Set());
    expect(pulled.read()).toEqual({ images: [db], damage: null });
    expect(readFileSync(`${file}.damaged-1`, 'utf8')).toBe(cut);
  });
});
