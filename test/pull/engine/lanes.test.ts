import { describe, expect, test } from 'vitest';
import { waiting } from '../../../src/pull/engine/engine.js';
import type { EngineEvent } from '../../../src/pull/engine/model.js';
import {
  arrived,
  asked,
  committed,
  drive,
  ended,
  failed,
  failure,
  fetched,
  image,
  need,
  pulled,
  started,
  works,
} from './driver.js';

const lanesOf = (said: readonly string[]) => said.filter((each) => /^(start|end) /.test(each));

/** All of a blob, of so many megabytes, is here. */
const here = (digest: string, megabytes = 1): readonly EngineEvent[] => [
  arrived(digest, megabytes),
  ...fetched(digest),
];

describe('an image may start', () => {
  test('when something of it has arrived', () => {
    const engine = drive([image('a', 'x 9')]);
    expect(engine.tell(started)).toEqual(['fetch x']);
    expect(lanesOf(engine.tell(arrived('x', 0.1)))).toEqual(['start 1: a']);
  });

  test('when an earlier run has kept some of it', () => {
    const engine = drive([image('a', 'x 9')]);
    engine.tell(arrived('x', 4));
    expect(engine.tell(started)).toEqual(['fetch x', 'start 1: a']);
  });

  test.each([
    { name: 'that needs nothing', given: image('a', '') },
    { name: 'that podman pulls by itself', given: image('a', null, { way: 'direct' }) },
    { name: 'of which podman may fetch parts', given: image('a', '~x 9') },
    { name: 'whose blobs nobody knows, with nothing better to do', given: image('a', null) },
  ])('at once $name', ({ given }) => {
    expect(drive([given]).tell(started)).toEqual(['start 1: a']);
  });

  test('before those whose blobs nobody knows', () => {
    const engine = drive([image('u', null), image('a', 'x 9')], { lanes: 1 });
    engine.tell(arrived('x', 1));
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: a']);
  });

  test('when it has been looked up', () => {
    const engine = drive([{ key: 'a', need: null }]);
    expect(engine.tell(started)).toEqual(['look up a']);
    expect(engine.tell({ kind: 'looked-up', image: 'a', need: need('') })).toEqual(['start 1: a']);
  });
});

describe('of a family', () => {
  const family = [image('lead', 'base 50, l 5', {}), image('b', 'base 50, b 4'), image('c', 'base 50, c 3')];
  // A list for each image.
  const alone = family.map((each, index) =>
    image(each.key, ['base 50, l 5', 'base 50, b 4', 'base 50, c 3'][index] ?? '', { group: each.key }),
  );

  test('the first comes alone until the base is in the store', () => {
    const engine = drive(alone, { lanes: 3 });
    engine.tell(started);
    expect(lanesOf(engine.tell(...here('base', 50), ...here('l', 5), ...here('b', 4)))).toEqual([
      'start 1: lead',
    ]);
    expect(waiting(engine.state)).toEqual(
      new Map([
        ['b', { for: 'lead' }],
        ['c', { for: 'lead' }],
      ]),
    );
    expect(lanesOf(engine.tell(committed('base')))).toEqual(['start 2: b']);
    expect(waiting(engine.state)).toEqual(new Map([['c', { for: null, on: 'downloads' }]]));
    expect(lanesOf(engine.tell(...here('c', 3)))).toEqual(['start 3: c']);
  });

  test('another comes first when the first has failed', () => {
    const engine = drive(alone, { lanes: 3, retries: 0 });
    engine.tell(started, ...here('base', 50), ...here('l', 5), ...here('b', 4));
    expect(lanesOf(engine.tell(ended(1, failure('unknown', 'permanent'))))).toEqual(['start 2: b']);
  });

  test('a small blob keeps nobody waiting', () => {
    const images = ['x', 'y'].map((key) => image(key, `empty 0.00003, ${key} 5`, { group: key }));
    const engine = drive(images);
    engine.tell(started);
    expect(lanesOf(engine.tell(...here('empty', 0.00003)))).toEqual(['start 1: x', 'start 2: y']);
  });

  test('those that follow may be in the list of the first', () => {
    const engine = drive(family);
    engine.tell(started);
    expect(lanesOf(engine.tell(arrived('base', 1)))).toEqual(['start 1: lead b']);
  });
});

describe('a list', () => {
  const many = Array.from({ length: 16 }, (_, index) => image(`i${index}`, `x${index} ${16 - index}`));
  const allHere = many.flatMap((_, index) => here(`x${index}`, 16 - index));

  test('has a share of what is left, and the last ones are short', () => {
    const engine = drive(many, { lanes: 2 });
    engine.tell(...many.map((_, index) => arrived(`x${index}`, 16 - index)));
    engine.tell(started, ...allHere);
    const lengths = [...engine.state.lanes.values()].map(({ images }) => images.length);
    // Of those that are not here yet at most four.
    expect(lengths).toEqual([4, 4]);
    const next = engine.tell(...[0, 1, 2, 3].map((index) => pulled(1, `i${index}`)), ended(1));
    expect(lanesOf(next)).toEqual(['start 3: i8 i9 i10']);
    const last = engine.tell(...[4, 5, 6, 7].map((index) => pulled(2, `i${index}`)), ended(2));
    expect(lanesOf(last)).toEqual(['start 4: i11 i12']);
  });

  test('has all where there is one podman only', () => {
    const engine = drive(many, { lanes: 1 });
    engine.tell(started);
    expect(lanesOf(engine.tell(arrived('x0', 1)))).toEqual([
      `start 1: ${many.map(({ key }) => key).join(' ')}`,
    ]);
  });

  test.each([
    { name: 'another group', change: { group: 'other' } },
    { name: 'another host of which nothing is here', change: { sources: ['other.io'] } },
    { name: 'an artifact', change: { isAlone: true } },
    { name: 'one that podman pulls by itself', change: { way: 'direct', blobs: null } as const },
  ])('does not have $name', ({ change }) => {
    const engine = drive([image('a', 'x 9'), image('b', 'y 8', change)], { lanes: 1 });
    const direct = change.way === 'direct' ? [pulled(1, 'b'), ended(1)] : [];
    engine.tell(started, ...direct, arrived('x', 1));
    expect([...engine.state.lanes.values()].map(({ images }) => images)).toEqual([[0]]);
  });

  test('has one of another host that is here', () => {
    const engine = drive([image('a', 'x 9'), image('b', 'y 8', { sources: ['other.io'] })], { lanes: 1 });
    engine.tell(arrived('x', 1));
    engine.tell(started);
    expect(engine.state.lanes.get(1)?.images).toEqual([0]);
    const again = drive([image('a', 'x 9'), image('b', '', { sources: ['other.io'] })], { lanes: 1 });
    again.tell(arrived('x', 1));
    expect(lanesOf(again.tell(started))).toEqual(['start 1: a b']);
  });

  test('has first those of the same family', () => {
    const images = [
      image('a1', 'a 40, a1 9'),
      image('b1', 'b 40, b1 8'),
      image('a2', 'a 40, a2 7'),
      image('b2', 'b 40, b2 6'),
    ];
    const engine = drive(images);
    engine.tell(started);
    expect(lanesOf(engine.tell(arrived('a', 1)))).toEqual(['start 1: a1 a2']);
  });

  test('does not have what waits for a blob in the hands of another podman', () => {
    const images = [
      image('one', 'a 40, one 9', { group: '1' }),
      image('two', 'b 30', { group: '2' }),
      image('three', 'a 40, three 0.5', { group: '2' }),
      image('four', 'd 0.2', { group: '2' }),
    ];
    const engine = drive(images);
    engine.tell(arrived('one', 0.1), arrived('b', 0.1));
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: one', 'start 2: two four']);
  });
});

describe('an artifact', () => {
  test('is pulled by itself once all of it is here', () => {
    const engine = drive([image('a', 'x 9, y 2', { isAlone: true })]);
    engine.tell(started);
    expect(lanesOf(engine.tell(...here('x', 9), arrived('y', 1)))).toEqual([]);
    expect(lanesOf(engine.tell(...here('y', 2)))).toEqual(['start 1: a']);
  });

  test('that has no room is pulled when there is nothing else to do', () => {
    const engine = drive([image('a', 'x 9', { isAlone: true }), image('b', '')], { roomBytes: 1000 });
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: b']);
    expect(lanesOf(engine.tell(pulled(1, 'b'), ended(1)))).toEqual(['start 2: a']);
  });
});

describe('a podman that waits for bytes', () => {
  const slow = { sources: ['slow.io'] };
  /** Two hosts; those of the slow one have begun. */
  const images = [
    image('s1', 's1 90', { ...slow, group: '1' }),
    image('s2', 's2 80', { ...slow, group: '2' }),
    image('a', 'a 9', { group: '3' }),
    image('b', 'b 8', { group: '4' }),
  ];

  test('counts as none of those that work', () => {
    const engine = drive(images, { lanes: 1 });
    engine.tell(started, arrived('s1', 1));
    expect(lanesOf(engine.tell(...here('a', 9)))).toEqual([]);
    expect(engine.pass(1299)).toEqual([]);
    expect(lanesOf(engine.pass(1))).toEqual(['start 2: a']);
  });

  test.each<{ name: string; give: (engine: ReturnType<typeof drive>) => void }>([
    { name: 'gets much', give: (engine) => engine.tell(arrived('s1', 1 + engine.nowMs / 500)) },
    { name: 'works', give: (engine) => engine.tell(works(1)) },
  ])('does not wait while it $name', ({ give }) => {
    const engine = drive(images, { lanes: 1 });
    engine.tell(started, arrived('s1', 1), ...here('a', 9));
    const said = Array.from({ length: 8 }, () => {
      give(engine);
      return engine.pass(1000);
    });
    expect(lanesOf(said.flat())).toEqual([]);
  });

  test('waits while it gets little', () => {
    const engine = drive(images, { lanes: 1 });
    engine.tell(started, arrived('s1', 1), ...here('a', 9));
    const said = Array.from({ length: 3 }, (_, second) => [
      ...engine.tell(arrived('s1', 1.1 + second / 10), works(1)),
      ...engine.pass(1000),
    ]);
    expect(lanesOf(said.flat())).toEqual(['start 2: a']);
  });

  test('is ended, the longest first, where there may be no more and others could work', () => {
    const engine = drive(images, { lanes: 1, mostLanes: 2 });
    engine.tell(started, arrived('s1', 1));
    engine.pass(1300);
    expect(lanesOf(engine.tell(...here('s1', 90), ...fetched('a'), arrived('s2', 1)))).toEqual([]);
    engine.tell(pulled(1, 's1'), ended(1));
    expect(engine.state.lanes.size).toBe(1);
  });

  test('makes room for what is here, and is not told as failed', () => {
    const engine = drive(images, { lanes: 1, mostLanes: 2 });
    engine.tell(arrived('s1', 1), arrived('s2', 1));
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: s1']);
    expect(lanesOf(engine.pass(1300))).toEqual(['start 2: s2']);
    engine.pass(1300);
    expect(lanesOf(engine.tell(...here('a', 9)))).toEqual(['end 1']);
    expect(engine.tell(ended(1))).toEqual(['start 3: a']);
    // It comes back when there is nothing better.
    expect(lanesOf(engine.tell(pulled(3, 'a'), ended(3)))).toEqual([]);
    engine.tell(...here('b', 8));
    expect([...engine.state.lanes.values()].map(({ images: list }) => list)).toEqual([[1], [3]]);
    expect(lanesOf(engine.tell(pulled(4, 'b'), ended(4)))).toEqual(['start 5: s1']);
  });

  test('does not hold back for long the images behind that are here', () => {
    const list = [image('a', 'a 90'), image('b', 'b 0.9'), image('c', 'c 0.8')];
    const engine = drive(list, { lanes: 1 });
    engine.tell(started);
    expect(lanesOf(engine.tell(arrived('a', 89)))).toEqual(['start 1: a b c']);
    engine.tell(...asked('a'), ...here('b', 0.9));
    expect(lanesOf(engine.pass(2999))).toEqual([]);
    expect(lanesOf(engine.pass(1))).toEqual(['end 1']);
    expect(engine.tell(ended(1))).toEqual(['start 2: b c']);
    expect(engine.state.images.map(({ retries }) => retries)).toEqual([0, 0, 0]);
  });

  test('is also one that pulls by itself and does nothing', () => {
    const engine = drive([image('d', null, { way: 'direct' }), image('a', 'a 9')], { lanes: 1 });
    engine.tell(started, ...here('a', 9));
    expect(lanesOf(engine.pass(1300))).toEqual(['start 2: a']);
  });
});

describe('podmans that pull by themselves', () => {
  const direct = { way: 'direct' } as const;

  test('have one of the places while others are ready', () => {
    const images = [
      image('a', 'a 9'),
      image('b', 'b 8', { group: 'b' }),
      image('d', null, direct),
      image('e', null, direct),
    ];
    const engine = drive(images);
    engine.tell(arrived('a', 1), arrived('b', 1));
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: d', 'start 2: a']);
  });

  test('leave the last place to the others', () => {
    const images = [image('a', 'a 9'), image('d', null, direct), image('e', null, direct)];
    const engine = drive(images, { mostLanes: 2 });
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: d']);
    expect(lanesOf(engine.tell(arrived('a', 1)))).toEqual(['start 2: a']);
    const two = [image('d', null, direct), image('e', null, { ...direct, group: 'e' })];
    expect(lanesOf(drive(two, { mostLanes: 2 }).tell(started))).toEqual(['start 1: d', 'start 2: e']);
  });

  test('come one after the other where they may share layers that nobody knows', () => {
    const engine = drive([image('d', null, direct), image('e', null, direct)]);
    expect(lanesOf(engine.tell(started))).toEqual(['start 1: d']);
    expect(lanesOf(engine.pass(2000))).toEqual([]);
    expect(lanesOf(engine.tell(pulled(1, 'd'), ended(1)))).toEqual(['start 2: e']);
  });
});

test('a podman that was asked to end and has not keeps its place among the most', () => {
  const engine = drive([image('a', 'a 9', { group: '1' }), image('b', 'b 8', { sources: ['other.io'] })], {
    lanes: 1,
    mostLanes: 1,
  });
  engine.tell(arrived('a', 1));
  engine.tell(started, ...here('b', 8));
  expect(lanesOf(engine.pass(1300))).toEqual(['end 1']);
  expect(lanesOf(engine.pass(5000))).toEqual([]);
  expect(engine.tell(ended(1))).toEqual(['start 2: b']);
});

test('an image that failed and is tried again is not in a list before', () => {
  const engine = drive([image('a', 'x 9'), image('b', 'y 8')], { lanes: 1 });
  engine.tell(started, failed('x', failure('connection')));
  expect(lanesOf(engine.tell(arrived('y', 1)))).toEqual(['start 1: b a']);
});
