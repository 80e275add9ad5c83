import { describe, expect, test } from 'vitest';
import { type Job, layersAtOnce, order, startable, startsAfter, waitsFor } from '../../src/plan/schedule.js';

const megabyte = 1_000_000;

/** `'base 100, app 2.5'` → its layers with their megabytes; null for a job whose layers nobody knows. */
function job(key: string, layers: string | null): Job<string> {
  if (layers === null) return { key, layers };
  const words = layers.split(', ').filter((layer) => layer !== '');
  return {
    key,
    layers: new Map(
      words.map((layer) => {
        const [name = '', size] = layer.split(' ');
        return [name, Number(size) * megabyte];
      }),
    ),
  };
}

function jobs(described: Readonly<Record<string, string | null>>): readonly Job<string>[] {
  return Object.entries(described).map(([key, layers]) => job(key, layers));
}

const keys = (all: readonly Job<string>[]) => all.map(({ key }) => key);

describe('order and startsAfter', () => {
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
      name: 'let a job fetch its layer of a job that is blocked itself',
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
      name: 'forecast that a free job overtakes a blocked one that has the layer, too',
      images: {
        leader: 'base 100, tools 50, leader 9',
        blocked: 'base 100, certificates 1',
        toolbox: 'tools 50, toolbox 1',
        free: 'certificates 1, free 300',
      },
      after: [
        ['leader', []],
        ['blocked', ['leader', 'free']],
        ['toolbox', ['leader']],
        ['free', []],
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
      name: 'put unknown ones last, the first after all that fetch, each other one after it',
      images: { u1: null, a: 'a 1', archive: '', u2: null, b: 'b 2', tiny: 't 0.001', u3: null },
      after: [
        ['b', []],
        ['a', []],
        ['tiny', []],
        ['archive', []],
        ['u1', ['a', 'b']],
        ['u2', ['u1']],
        ['u3', ['u2']],
      ],
    },
    {
      name: 'let the first unknown one start at once beside an archive',
      images: { u1: null, archive: '', u2: null },
      after: [
        ['archive', []],
        ['u1', []],
        ['u2', ['u1']],
      ],
    },
  ])('$name', ({ images, after }) => {
    const ordered = order(jobs(images));
    const forecast = startsAfter(ordered);
    expect(ordered.map(({ key }) => [key, [...(forecast.get(key) ?? [])].sort()])).toEqual(
      after.map(([key, before]) => [key, [...(before ?? [])].sort()]),
    );
  });
});

const family = jobs({ lead: 'base 100, lead 9', f1: 'base 100, f1 5', f2: 'base 100, f2 4', other: 'o 3' });
const [lead, f1, f2, other] = keys(family);

describe('startable and waitsFor', () => {
  test.each([
    { name: 'start nothing when nothing waits', all: [], starts: [], waits: {} },
    {
      name: 'start a leader and whoever shares nothing with it',
      all: family,
      starts: [lead, other],
      waits: { f1: lead, f2: lead },
    },
    {
      name: 'start a follower when the base is committed and the leader still runs',
      all: family,
      running: [lead],
      committed: ['base'],
      starts: [f1, f2, other],
      waits: {},
    },
    {
      name: 'let one follower fetch the base when its leader is no longer running',
      all: family.slice(1),
      starts: [f1, other],
      waits: { f2: f1 },
    },
    {
      name: 'start the most urgent when there are too few slots',
      all: family,
      running: [lead],
      committed: ['base'],
      slots: 2,
      starts: [f1],
      waits: { f2: undefined, other: undefined },
    },
    {
      name: 'start nothing without a slot, and say what keeps each from starting',
      all: family,
      running: [lead],
      slots: 1,
      starts: [],
      waits: { f1: lead, f2: lead, other: undefined },
    },
    {
      name: 'do not wait for a small layer',
      all: jobs({ one: 'empty 0.000032, one 5', two: 'empty 0.000032, two 6' }),
      starts: ['one', 'two'],
      waits: {},
    },
    {
      name: 'start an unknown job alone',
      all: jobs({ u1: null, u2: null }),
      starts: ['u1'],
      waits: { u2: 'u1' },
    },
    {
      name: 'keep an unknown job waiting while a big layer is fetched',
      all: jobs({ a: 'a 1', b: 'b 1', u: null }),
      running: ['a', 'b'],
      committed: ['a'],
      starts: [],
      waits: { u: 'b' },
    },
    {
      name: 'start an unknown job beside what has all its big layers',
      all: jobs({ a: 'a 1, config 0.001', archive: '', u: null }),
      running: ['a'],
      committed: ['a'],
      starts: ['archive', 'u'],
      waits: {},
    },
    {
      name: 'start beside an unknown job only what fetches no big layer',
      all: jobs({ a: 'a 1', archive: '', tiny: 't 0.001', done: 'd 1', u: null }),
      running: ['u'],
      committed: ['d'],
      starts: ['archive', 'tiny', 'done'],
      waits: { a: 'u' },
    },
  ])('$name', ({ all, starts, waits, ...given }) => {
    const running = all.filter(({ key }) => given.running?.includes(key));
    const waiting = all.filter((one) => !running.includes(one));
    const moment = { waiting, running, committed: new Set(given.committed), slots: given.slots ?? 8 };
    const started = startable(moment);
    const after = { ...moment, running: [...running, ...started] };
    const left = waiting.filter((one) => !started.includes(one));
    expect(keys(started)).toEqual(starts);
    expect(Object.fromEntries(left.map((one) => [one.key, waitsFor(one, after)]))).toEqual(waits);
  });

  test('decides over 200 images of 10 layers within a millisecond', () => {
    const many = order(
      Array.from({ length: 200 }, (_, index) =>
        job(
          `i${index}`,
          Array.from({ length: 10 }, (_, layer) => `l${layer < 5 ? layer : `${index}.${layer}`} 9`).join(
            ', ',
          ),
        ),
      ),
    );
    const moment = { waiting: many.slice(8), running: many.slice(0, 8), committed: new Set<string>() };
    const milliseconds = Array.from({ length: 50 }, () => {
      const start = performance.now();
      startable({ ...moment, slots: 100 });
      return performance.now() - start;
    });
    expect(Math.min(...milliseconds)).toBeLessThan(1);
  });
});

describe('layersAtOnce', () => {
  const chain = 'a 44, b 44, c 44, d 44';
  test.each([
    { name: 'two of large ones that others wait for', leader: chain, others: ['a 44'], expected: 2 },
    {
      name: 'more of smaller ones',
      leader: 'a 10, b 10, c 10, d 10, e 10, f 10',
      others: ['f 10'],
      expected: 4,
    },
    {
      name: 'as many as podman likes of small ones',
      leader: 'a 1, b 1, c 1, d 1',
      others: ['a 1'],
      expected: undefined,
    },
    {
      name: 'as many as podman likes when nobody waits',
      leader: chain,
      others: ['x 44'],
      expected: undefined,
    },
    { name: 'as many as podman likes of a few', leader: 'a 44, b 44', others: ['a 44'], expected: undefined },
    { name: 'as many as podman likes of unknown ones', leader: null, others: ['a 44'], expected: undefined },
  ])('is $name', ({ leader, others, expected }) => {
    const first = job('leader', leader);
    const waiting = [first, ...others.map((layers, index) => job(`other-${index}`, layers))];
    expect(layersAtOnce(first, { waiting, running: [], committed: new Set(), slots: 6 })).toBe(expected);
  });

  test('counts neither what is committed nor what nobody waits for any more', () => {
    const [first, other] = [job('leader', chain), job('other', 'a 44, d 44')];
    const at = (committed: readonly string[], waiting = [other]) =>
      layersAtOnce(first, { waiting, running: [], committed: new Set(committed), slots: 6 });
    expect(at(['a'])).toBe(2);
    expect(at(['a', 'b'])).toBeUndefined();
    expect(at(['a', 'd'])).toBeUndefined();
    expect(at([], [])).toBeUndefined();
  });
});
