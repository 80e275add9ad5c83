import { expect, test } from 'vitest';
import type { PlannedLayer } from '../../src/model/plan.js';
import { startsAfter } from '../../src/plan/starts-after.js';

const megabyte = 1_000_000;

/** `'base 100, app 2.5'` → layers with their megabytes; null where nobody knows them. */
function layersOf(words: string | null): readonly PlannedLayer[] | null {
  if (words === null) return null;
  return words.split(', ').map((layer) => {
    const [digest = '', size] = layer.split(' ');
    return { digest, size: Number(size) * megabyte, present: false };
  });
}

test.each([
  { name: 'have nothing for no jobs', images: {}, after: [] },
  {
    name: 'let the largest of a family lead, whose own layers arrive while the base is unpacked',
    images: { logs: 'base 100, logs 1', database: 'base 100, database 90', agent: 'base 100, agent 10' },
    after: [
      ['database', []],
      ['agent', ['database']],
      ['logs', ['database']],
    ],
  },
  {
    name: 'let the end of a chain fetch all of it',
    images: { a: 'os 50', b: 'os 50, runtime 30', c: 'os 50, runtime 30, app 5' },
    after: [
      ['c', []],
      ['b', ['c']],
      ['a', ['c']],
    ],
  },
  {
    name: 'put an image with a deeper shared layer before a larger one with the base only',
    images: {
      large: 'base 100, large 500',
      java1: 'base 100, jre 60, java1 1',
      java2: 'base 100, jre 60, java2 2',
    },
    after: [
      ['java2', []],
      ['java1', ['java2']],
      ['large', ['java2']],
    ],
  },
  {
    name: 'let families lead side by side, that with more waiting first',
    images: { x1: 'x 40, x1 1', x2: 'x 40, x2 1', y1: 'y 30, y1 1', y2: 'y 30, y2 1', y3: 'y 30, y3 1' },
    after: [
      ['y1', []],
      ['y2', ['y1']],
      ['y3', ['y1']],
      ['x1', []],
      ['x2', ['x1']],
    ],
  },
  {
    name: 'name both sides that an image in the middle waits for',
    images: { middle: 'left 50, right 50', one: 'left 50, one 5', other: 'right 50, other 4' },
    after: [
      ['middle', []],
      ['one', ['middle']],
      ['other', ['middle']],
    ],
  },
  {
    name: 'let an image fetch its layer of one that is blocked itself',
    images: {
      first: 'base 100, first 9',
      second: 'base 100, certificates 1',
      other: 'certificates 1, other 300',
    },
    after: [
      ['second', []],
      ['first', ['second']],
      ['other', ['second']],
    ],
  },
  {
    name: 'let the first in order fetch what several need',
    images: {
      leader: 'base 100, tools 50, leader 9',
      blocked: 'base 100, certificates 1',
      toolbox: 'tools 50, toolbox 1',
      free: 'certificates 1, free 300',
    },
    after: [
      ['leader', []],
      ['blocked', ['leader']],
      ['toolbox', ['leader']],
      ['free', ['blocked']],
    ],
  },
  {
    name: 'keep equals as they are, all after the first',
    images: { one: 'same 10', two: 'same 10', three: 'same 10' },
    after: [
      ['one', []],
      ['two', ['one']],
      ['three', ['one']],
    ],
  },
  {
    name: 'put disjoint images in order of size, none after another',
    images: { small: 's 1', large: 'l 9', medium: 'm 3' },
    after: [
      ['large', []],
      ['medium', []],
      ['small', []],
    ],
  },
  {
    name: 'let nobody wait for a small layer',
    images: { one: 'empty 0.000032, one 5', two: 'empty 0.000032, two 6' },
    after: [
      ['two', []],
      ['one', []],
    ],
  },
  {
    name: 'put unknown ones last, of which nobody can tell',
    images: { u1: null, a: 'a 1', archive: '', b: 'b 2', tiny: 't 0.001' },
    after: [
      ['b', []],
      ['a', []],
      ['tiny', []],
      ['archive', []],
      ['u1', []],
    ],
  },
])('images $name', ({ images, after }) => {
  const planned = Object.entries(images).map(([key, words]) => ({
    key,
    layers: words === '' ? [] : layersOf(words),
  }));
  const forecast = [...startsAfter(planned)].map(([{ key }, before]) => [
    key,
    before.map((each) => each.key),
  ]);
  expect(forecast).toEqual(after);
});

test('a layer that the store has is waited for by nobody', () => {
  const layers = [{ digest: 'base', size: megabyte, present: true }];
  expect([...startsAfter([{ layers }, { layers }]).values()]).toEqual([[], []]);
});
