import { describe, expect, test } from 'vitest';
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
  megabyte,
  pulled,
  started,
} from './driver.js';

const fetches = (said: readonly string[]) => said.filter((each) => each.startsWith('fetch '));

describe('the next blob of a host begins', () => {
  test('when less than a window is still to come', () => {
    const engine = drive([image('a', 'base 100, own 20')]);
    expect(engine.tell(started)).toEqual(['fetch base']);
    expect(fetches(engine.tell(arrived('base', 97.9)))).toEqual([]);
    expect(fetches(engine.tell(arrived('base', 98.1)))).toEqual(['fetch own']);
  });

  test('beside small ones, up to a window of them', () => {
    const names = Array.from({ length: 12 }, (_, index) => `b${index}`);
    const engine = drive([image('a', names.map((name) => `${name} 0.3`).join(', '))]);
    expect(engine.tell(started)).toEqual(names.slice(0, 7).map((name) => `fetch ${name}`));
  });

  test('beside at most 31 others', () => {
    const names = Array.from({ length: 40 }, (_, index) => `b${index}`);
    const engine = drive([image('a', names.map((name) => `${name} 0.001`).join(', '))]);
    expect(engine.tell(started)).toHaveLength(32);
    expect(fetches(engine.tell(...fetched('b0')))).toEqual(['fetch b32']);
  });

  test('alone, while nobody knows the size of one', () => {
    const engine = drive([
      image('a', null, {
        blobs: [
          { digest: 'x', size: null, isPartial: false },
          { digest: 'y', size: 1, isPartial: false },
        ],
      }),
    ]);
    expect(engine.tell(started)).toEqual(['fetch x']);
    expect(fetches(engine.tell({ kind: 'arrived', digest: 'x', received: 1, size: 1000 }))).toEqual([
      'fetch y',
    ]);
  });

  test('when nothing has come of those before it for a while', () => {
    const engine = drive([image('a', 'base 100, own 20, third 30')]);
    expect(engine.tell(started)).toEqual(['fetch base']);
    engine.tell(arrived('base', 10));
    expect(fetches(engine.pass(1900))).toEqual([]);
    expect(fetches(engine.pass(2000))).toEqual(['fetch own']);
    // Its own turn has a while, too, and what comes again takes the link.
    engine.tell(arrived('base', 11));
    expect(fetches(engine.pass(1900))).toEqual([]);
  });

  test('whatever is still to come from another', () => {
    const engine = drive([image('a', 'a 100, a1 5'), image('b', 'b 50, b1 5', { sources: ['other.io'] })]);
    expect(engine.tell(started)).toEqual(['fetch a', 'fetch b']);
    expect(fetches(engine.tell(...fetched('b')))).toEqual(['fetch b1']);
  });

  test('earlier where the host gives much', () => {
    const engine = drive([image('a', 'base 1000, own 20')]);
    engine.tell(started, arrived('base', 1));
    // 80 MB in a second, twice.
    for (const megabytes of [81, 161]) {
      engine.pass(1000);
      engine.tell(arrived('base', megabytes));
    }
    expect(fetches(engine.tell(arrived('base', 991)))).toEqual([]);
    expect(fetches(engine.tell(arrived('base', 993)))).toEqual(['fetch own']);
  });

  test('not much earlier where it gives very much', () => {
    const engine = drive([image('a', 'base 9000, own 20')]);
    engine.tell(started, arrived('base', 1));
    engine.pass(1000);
    engine.tell(arrived('base', 4001));
    expect(fetches(engine.tell(arrived('base', 8983)))).toEqual([]);
    expect(fetches(engine.tell(arrived('base', 8985)))).toEqual(['fetch own']);
  });
});

describe('the order is', () => {
  test('that of the images, base first, and each blob once', () => {
    const engine = drive([image('small', 'base 10, s 1'), image('large', 'base 10, l 9')]);
    const all = [
      engine.tell(started),
      ...['base', 'l', 's'].map((digest) => engine.tell(...fetched(digest))),
    ];
    expect(all.flatMap(fetches)).toEqual(['fetch base', 'fetch l', 'fetch s']);
  });

  test('what podman waits for first, in the order of the images', () => {
    const engine = drive([image('a', 'a 90, a1 9'), image('b', 'b 80, b1 8')]);
    engine.tell(started);
    // A blob that nobody has asked for does not keep it waiting.
    expect(fetches(engine.tell(...asked('b1', 'b')))).toEqual(['fetch b1']);
    expect(fetches(engine.tell(...asked('a1')))).toEqual([]);
    expect(fetches(engine.tell(...fetched('b1')))).toEqual(['fetch a1']);
    expect(fetches(engine.tell(...fetched('a1')))).toEqual(['fetch b']);
  });

  test('made anew when an image is looked up', () => {
    const engine = drive([image('a', 'a 5, a1 5'), { key: 'late', need: null }]);
    expect(engine.tell(started)).toEqual(['look up late', 'fetch a']);
    const { need } = image('late', 'l 50, a1 5');
    if (need === null) throw new Error('it has a need');
    engine.tell({ kind: 'looked-up', image: 'late', need });
    expect(fetches(engine.tell(...fetched('a')))).toEqual(['fetch l']);
  });
});

test('a blob of which podman may fetch parts is fetched when podman asks for all of it', () => {
  const engine = drive([image('a', '~parts 5, all 1')]);
  expect(engine.tell(started)).toEqual(['fetch all']);
  expect(fetches(engine.tell(...asked('parts')))).toEqual(['fetch parts']);
});

test('a blob that one image may have in parts and another may not is fetched', () => {
  const engine = drive([image('a', '~x 5'), image('b', 'x 5')]);
  expect(fetches(engine.tell(started))).toEqual(['fetch x']);
});

describe('where there is room for so much only', () => {
  const settings = { roomBytes: 15 * megabyte };

  test('no more is read ahead, until some of it is in the store', () => {
    const engine = drive([image('a', 'a 10, b 10')], settings);
    expect(engine.tell(started)).toEqual(['fetch a']);
    expect(fetches(engine.tell(...fetched('a')))).toEqual([]);
    expect(fetches(engine.tell(committed('a')))).toEqual(['fetch b']);
  });

  test('what podman waits for goes through memory', () => {
    const engine = drive([image('a', 'a 10, b 10')], settings);
    engine.tell(started, ...fetched('a'));
    expect(fetches(engine.tell(...asked('b')))).toEqual(['fetch b unkept']);
  });

  test('what an earlier run has kept takes room only once', () => {
    const engine = drive([image('a', 'a 10, b 6')], settings);
    engine.tell(arrived('a', 9));
    expect(engine.tell(started)).toEqual(['fetch a', 'start 1: a']);
  });

  test('an image of which nothing fits is pulled all the same', () => {
    const engine = drive([image('a', 'a 20')], settings);
    expect(engine.tell(started)).toEqual(['start 1: a']);
    expect(fetches(engine.tell(...asked('a')))).toEqual(['fetch a unkept']);
    engine.tell(...fetched('a'));
    expect(engine.tell(pulled(1, 'a'), ended(1))).toEqual(['finish a']);
  });

  test('what went through memory to a podman that failed is fetched anew', () => {
    const engine = drive([image('a', 'a 20')], settings);
    engine.tell(
      started,
      ...asked('a'),
      arrived('a', 20),
      ...fetched('a'),
      ended(1, failure('unknown', 'transient')),
    );
    expect(engine.pass(600)).toEqual(['start 2: a']);
    expect(fetches(engine.tell(...asked('a')))).toEqual(['fetch a unkept']);
  });

  test('what goes through memory is stopped with its podman', () => {
    const engine = drive([image('a', 'a 20')], settings);
    engine.tell(started, ...asked('a'));
    expect(engine.tell(ended(1, failure('unknown', 'transient')))).toContain('stop-fetch a');
  });
});

test('what only an image needs that has failed is not fetched', () => {
  const engine = drive([image('a', 'a 1, big 50, shared 5'), image('b', 'b 3, shared 5')], { retries: 0 });
  expect(engine.tell(started)).toEqual(['fetch a', 'fetch big']);
  const said = engine.tell(failed('a', failure('denied', 'permanent')));
  expect(said).toEqual(['refuse a', 'finish a: denied', 'stop-fetch big', 'fetch b']);
  expect(fetches(engine.tell(...fetched('b')))).toEqual(['fetch shared']);
});

test('what podman asks for that is thought to be in the store is fetched', () => {
  const engine = drive([image('a', 'a 1, b 1')]);
  engine.tell(started, arrived('a', 1), ...fetched('a', 'b'), committed('a'));
  expect(fetches(engine.tell(...asked('a')))).toEqual(['fetch a']);
});

test('what podman asks for that nobody knew of is fetched from the source of what it works on', () => {
  const engine = drive([image('a', 'a 1'), image('b', null, { sources: ['other.io'] })]);
  engine.tell(started, arrived('a', 0.5));
  engine.tell(...asked('new'));
  expect(engine.actions).toContainEqual({
    kind: 'fetch',
    digest: 'new',
    image: 'b',
    source: 0,
    isKept: true,
  });
});

test('what podman asks for that nobody knew of is still fetched when one of those that it may be for has been pulled', () => {
  const engine = drive([image('u', null), image('v', null)]);
  engine.tell(started);
  expect(fetches(engine.tell(...asked('x')))).toEqual(['fetch x']);
  expect(engine.tell(pulled(1, 'u'), ended(1))).toEqual(['finish u']);
  expect(engine.tell(...fetched('x'), pulled(2, 'v'), ended(2))).toEqual(['finish v']);
});
