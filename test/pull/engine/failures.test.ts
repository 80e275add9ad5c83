import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../src/model/failure.js';
import { isOver } from '../../../src/pull/engine/engine.js';
import type { EngineEvent } from '../../../src/pull/engine/model.js';
import {
  arrived,
  asked,
  committed,
  type Driver,
  drive,
  ended,
  failed,
  failure,
  fetched,
  image,
  need,
  pulled,
  started,
} from './driver.js';

const refused = failure('connection');
const late = failure('timeout');

/** Lets an attempt fail until nothing follows; returns how often it was tried, and how it ended. */
function failUntilEnd(engine: Driver, begins: RegExp, fail: () => readonly string[]) {
  let attempts = 1;
  for (;;) {
    const said = fail();
    const end = said.find((each) => each.startsWith('finish'));
    if (end !== undefined) return { attempts, end };
    while (!engine.pass(100).some((each) => begins.test(each)))
      if (engine.nowMs > 1e6) throw new Error('nothing follows');
    attempts += 1;
  }
}

const attemptsOf = [
  { name: 'may pass: as many attempts as asked for follow', given: refused, retries: 2, attempts: 3 },
  { name: 'may pass: none follows where none was asked for', given: refused, retries: 0, attempts: 1 },
  {
    name: 'is of a registry that answers: five times as many',
    given: failure('server-error'),
    retries: 2,
    attempts: 11,
  },
  { name: 'stays: none', given: failure('manifest-unknown', 'permanent'), retries: 2, attempts: 1 },
  { name: 'is wrong content a second time: it stays', given: failure('corrupt'), retries: 4, attempts: 2 },
];

describe('a failure of which nobody knows the cause', () => {
  const odd = (message: string): Failure => ({ ...failure('unknown'), message });

  test.each([
    { name: 'is for good when it comes again', said: ['odd 1', 'odd 2'], attempts: 2 },
    { name: 'may pass while it is another each time', said: ['odd', 'even', 'prime'], attempts: 3 },
    { name: 'is for good when it comes again after another', said: ['odd', 'even', 'odd'], attempts: 3 },
  ])('$name', ({ said, attempts }) => {
    const engine = drive([image('a', '')], { retries: 4 });
    engine.tell(started);
    let ends: readonly string[] = [];
    for (const [index, message] of said.entries()) {
      expect(ends).toEqual([]);
      ends = engine.tell(ended(index + 1, odd(message))).filter((text) => text.startsWith('finish'));
      if (index + 1 < said.length)
        while (!engine.pass(100).some((each) => each.startsWith('start')))
          if (engine.nowMs > 1e6) throw new Error('nothing follows');
    }
    expect(said).toHaveLength(attempts);
    expect(ends).toEqual(
      new Set(said.map((text) => text.replace(/\d/, ''))).size < said.length ? ['finish a: unknown'] : [],
    );
  });
});

describe('a failure', () => {
  test.each(attemptsOf)('of a fetch that $name', ({ given, retries, attempts }) => {
    const engine = drive([image('a', 'x 5')], { retries });
    engine.tell(started);
    const result = failUntilEnd(engine, /^fetch x/, () => engine.tell(failed('x', given)));
    expect(result).toEqual({ attempts, end: `finish a: ${given.code}` });
  });

  test.each(attemptsOf)('of a podman that $name', ({ given, retries, attempts }) => {
    const engine = drive([image('a', '')], { retries });
    engine.tell(started);
    let lane = 0;
    const result = failUntilEnd(engine, /^start/, () => {
      lane += 1;
      return engine.tell(ended(lane, given));
    });
    expect(result).toEqual({ attempts, end: `finish a: ${given.code}` });
  });

  test.each(attemptsOf)('of a podman that goes for itself and $name', ({ given, retries, attempts }) => {
    const engine = drive([image('a', null, { way: 'direct' })], { retries });
    engine.tell(started);
    let lane = 0;
    const result = failUntilEnd(engine, /^start/, () => {
      lane += 1;
      return engine.tell(ended(lane, given));
    });
    expect(result).toEqual({ attempts, end: `finish a: ${given.code}` });
  });

  test.each(attemptsOf.slice(0, 4))('of a look-up that $name', ({ given, retries, attempts }) => {
    const engine = drive([{ key: 'a', need: null }], { retries });
    engine.tell(started);
    const result = failUntilEnd(engine, /^look up/, () =>
      engine.tell({ kind: 'look-up-failed', image: 'a', failure: given }),
    );
    expect(result).toEqual({ attempts, end: `finish a: ${given.code}` });
  });

  test('is followed by waits that grow', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started);
    expect(engine.tell(failed('x', refused))).toEqual(['retry a 1 after 500: connection']);
    expect(engine.pass(499)).toEqual([]);
    expect(engine.pass(1)).toEqual(['fetch x']);
    expect(engine.tell(failed('x', refused))).toEqual(['retry a 2 after 1000: connection']);
    expect(engine.pass(999)).toEqual([]);
    expect(engine.pass(1)).toEqual(['fetch x']);
  });

  test('is followed by the wait that the registry wants, for all that it has', () => {
    const engine = drive([image('a', 'x 5, y 5')]);
    engine.tell(started);
    expect(engine.tell(failed('x', failure('too-many-requests'), { waitMs: 7000 }))).toEqual([
      'retry a 1 after 7000: too-many-requests',
    ]);
    expect(engine.pass(6900)).toEqual([]);
    expect(engine.pass(100)).toEqual(['fetch x']);
  });

  test('does not count what came further meanwhile', () => {
    const engine = drive([image('a', 'x 50')], { retries: 1 });
    engine.tell(started);
    for (const [index, megabytes] of [2, 4, 6, 8].entries()) {
      const said = engine.tell(arrived('x', megabytes), failed('x', refused));
      expect(said.at(-1)).toBe(`retry a ${index + 1} after 500: connection`);
      engine.pass(600);
    }
    expect(engine.tell(arrived('x', 8.5), failed('x', refused)).at(-1)).toBe('refuse x');
  });

  test('of one image leaves the others alone', () => {
    const engine = drive([image('a', 'x 5'), image('b', 'y 3')]);
    engine.tell(started);
    expect(engine.tell(failed('x', failure('denied', 'permanent')))).toEqual([
      'refuse x',
      'finish a: denied',
      'fetch y',
    ]);
  });

  test('leaves the bytes to others while it waits', () => {
    const engine = drive([image('a', 'x 5'), image('b', 'y 3')]);
    engine.tell(started);
    expect(engine.tell(failed('x', refused))).toEqual(['retry a 1 after 500: connection', 'fetch y']);
  });
});

describe('another source', () => {
  const sources = ['mirror.io', 'r.io'];

  test.each([
    { name: 'may not be asked', given: failure('denied', 'permanent'), isGone: false },
    { name: 'does not have it', given: failure('manifest-unknown', 'permanent'), isGone: true },
  ])('has what the first $name for', ({ given, isGone }) => {
    const engine = drive([image('a', 'x 5', { sources })]);
    engine.tell(started);
    expect(engine.tell(failed('x', given, { isGone }))).toEqual(['fetch x from source 1 of a']);
  });

  test('has what the first did not bring, however often it was asked', () => {
    const engine = drive([image('a', 'x 5', { sources })], { retries: 1 });
    engine.tell(started, failed('x', refused));
    engine.pass(600);
    expect(engine.tell(failed('x', refused))).toEqual(['fetch x from source 1 of a']);
    expect(engine.tell(failed('x', failure('denied', 'permanent')))).toEqual([
      'refuse x',
      'finish a: denied',
    ]);
  });

  test('is that of another image, and each fails with the words of its own', () => {
    const images = [image('a', 'x 5', { sources: ['one.io'] }), image('b', 'x 5', { sources: ['two.io'] })];
    const engine = drive(images);
    engine.tell(started);
    engine.tell(failed('x', failure('denied', 'permanent')));
    expect(engine.actions).toContainEqual({
      kind: 'fetch',
      digest: 'x',
      image: 'b',
      source: 0,
      isKept: true,
    });
    expect(engine.tell(failed('x', failure('unauthorized', 'permanent')))).toEqual([
      'refuse x',
      'finish a: denied',
      'finish b: unauthorized',
    ]);
  });

  test('of another image is none any more once that has failed', () => {
    const images = [
      image('a', 'x 5', { sources: ['one.io'] }),
      image('b', 'x 5, y 4', { sources: ['two.io'] }),
    ];
    const engine = drive(images);
    engine.tell(started, failed('x', failure('denied', 'permanent')), failed('x', failure('server-error')));
    expect(engine.tell(failed('y', failure('unauthorized', 'permanent')))).toEqual([
      'refuse y',
      'finish b: unauthorized',
      'refuse x',
      'finish a: denied',
    ]);
  });

  test('of another image is not one at a host that fails', () => {
    const engine = drive([image('a', 'x 5'), image('b', 'x 5')], { retries: 0 });
    engine.tell(started);
    expect(engine.tell(failed('x', failure('server-error')))).toEqual([
      'refuse x',
      'finish a: server-error',
      'finish b: server-error',
    ]);
  });
});

describe('a blob that the registry no longer has', () => {
  const gone = failed('x', failure('manifest-unknown', 'permanent'), { isGone: true });

  test('has its image looked up once more, and once only', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started);
    expect(engine.tell(gone)).toEqual(['refuse x', 'look up a']);
    expect(engine.tell({ kind: 'looked-up', image: 'a', need: need('x 5, y 1') })).toEqual(['fetch x']);
    expect(engine.tell(gone)).toEqual(['refuse x', 'finish a: manifest-unknown']);
  });

  test('is not waited for, even by a registry whose faults pass', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started);
    expect(engine.tell(failed('x', failure('server-error'), { isGone: true }))).toEqual([
      'refuse x',
      'look up a',
    ]);
  });

  test('is not missed where the image is another one now', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started, gone);
    expect(engine.tell({ kind: 'looked-up', image: 'a', need: need('y 1') })).toEqual(['fetch y']);
  });

  test('has its image looked up when its podman has heard of it', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started, arrived('x', 1), ...asked('x'));
    expect(engine.tell(gone)).toEqual(['refuse x']);
    expect(engine.tell(ended(1, failure('manifest-unknown', 'permanent')))).toEqual(['look up a']);
  });

  test('fails its image with the words of a look-up that fails', () => {
    const engine = drive([image('a', 'x 5')]);
    engine.tell(started, gone);
    const denied = failure('denied', 'permanent');
    expect(engine.tell({ kind: 'look-up-failed', image: 'a', failure: denied })).toEqual([
      'finish a: denied',
    ]);
  });
});

describe('a registry that does not answer', () => {
  const settings = { retries: 1, lanes: 1 };

  /** The first image is given up. */
  function giveUp(images: readonly ReturnType<typeof image>[]): Driver {
    const engine = drive(images, settings);
    engine.tell(started, failed('x', late));
    engine.pass(500);
    expect(engine.tell(failed('x', late))).toEqual(['refuse x', 'finish a: timeout']);
    return engine;
  }

  test('is asked for all else at once, and once', () => {
    const engine = drive([image('a', 'x 50'), image('b', 'y 40'), image('c', 'z 30')], { retries: 0 });
    engine.tell(started);
    expect(engine.tell(failed('x', late))).toEqual(['refuse x', 'finish a: timeout', 'fetch y', 'fetch z']);
  });

  test('is not waited for once more by its other images', () => {
    const engine = giveUp([image('a', 'x 0.5'), image('b', 'z 0.4')]);
    expect(engine.tell(failed('z', late))).toEqual(['refuse z', 'finish b: timeout']);
  });

  test('does not keep those of others from being tried again', () => {
    const engine = giveUp([image('a', 'x 0.5'), image('b', 'z 0.4', { sources: ['other.io'] })]);
    expect(engine.tell(failed('z', late))).toEqual(['retry b 1 after 500: timeout']);
  });

  test('is trusted again once it has answered', () => {
    const engine = giveUp([image('a', 'x 0.5'), image('b', 'z 0.2, w 0.1')]);
    expect(engine.tell(arrived('z', 0.1), failed('w', late))).toContain('retry b 1 after 500: timeout');
  });

  test('is trusted again once podman has pulled from it by itself', () => {
    const engine = giveUp([
      image('a', 'x 0.5'),
      image('b', 'z 0.4'),
      image('d', null, { way: 'direct', sources: ['r.io'] }),
    ]);
    engine.tell(pulled(1, 'd'), ended(1));
    expect(engine.tell(failed('z', late))).toEqual(['retry b 1 after 500: timeout']);
  });

  test('is not the one whose images podman does not get on with', () => {
    const engine = drive([image('a', 'x 0.5')], {
      retries: 0,
      stallTimeoutMs: 5000,
      lanes: 1,
    });
    engine.tell(started, arrived('x', 0.5), ...fetched('x'));
    engine.pass(5000);
    engine.tell(ended(1));
    expect(engine.state.hosts.get('r.io')?.isSilent).toBe(false);
  });

  test('is another than one that answers with an error', () => {
    const engine = giveUp([image('a', 'x 0.5'), image('b', 'z 0.4')]);
    const said = engine.tell(failed('z', failure('too-many-requests')));
    expect(said).toEqual(['retry b 1 after 11250: too-many-requests']);
  });

  test('is not waited for by images that podman pulls by itself', () => {
    const direct = { way: 'direct', sources: ['r.io'] } as const;
    const engine = drive([image('a', null, direct), image('b', null, direct)], { ...settings, retries: 0 });
    engine.tell(started, ended(1, late));
    expect(engine.tell(ended(2, late))).toEqual(['finish b: timeout']);
    const again = drive([image('a', null, direct), image('b', null, direct)], settings);
    again.tell(started, ended(1, late), ended(2, late));
    again.pass(1000);
    again.tell(ended(3, late));
    expect(again.tell(ended(4, late))).toEqual(['finish b: timeout']);
  });
});

describe('a fault of this machine', () => {
  const full = failure('no-space', 'local');
  const words = 'stopped, because another pull failed: no-space!';

  test.each<{ name: string; tell: (engine: Driver) => void }>([
    { name: 'a fetch', tell: (engine) => engine.tell(failed('x', full)) },
    { name: 'a podman', tell: (engine) => engine.tell(ended(1, full)) },
    {
      name: 'a look-up',
      tell: (engine) => engine.tell({ kind: 'look-up-failed', image: 'late', failure: full }),
    },
    { name: 'somebody else', tell: (engine) => engine.tell({ kind: 'halted', failure: full }) },
  ])('that $name has met stops all, who say why', ({ tell }) => {
    const images = [
      image('a', 'x 9, x1 9'),
      image('b', 'y 8', { sources: ['o.io'] }),
      { key: 'late', need: null },
    ];
    const engine = drive(images);
    engine.tell(started, arrived('x', 1), arrived('y', 1));
    const all: (typeof engine.actions)[number][] = [];
    tell(engine);
    all.push(...engine.actions);
    for (const lane of [1, 2]) {
      engine.tell(ended(lane));
      all.push(...engine.actions);
    }
    const ends = all.flatMap((action) => (action.kind === 'finish' ? [action] : []));
    expect(ends.map(({ image: key }) => key).sort()).toEqual(['a', 'b', 'late']);
    const said = ends.map(({ failure: error }) => error?.message ?? null).sort();
    expect(said).toEqual(['no-space!', words, words]);
    const others = all.map(({ kind }) => kind);
    expect(others).not.toContain('fetch');
    expect(others).not.toContain('start-lane');
    expect(isOver(engine.state)).toBe(true);
  });

  test('ends the wait of those that were to be tried again', () => {
    const engine = drive([image('a', 'x 9'), image('b', '')]);
    engine.tell(started, failed('x', refused));
    engine.tell(ended(1, full));
    expect(engine.actions).toContainEqual({
      kind: 'finish',
      image: 'a',
      failure: { ...full, message: words },
    });
    expect(engine.pass(10_000)).toEqual([]);
  });
});

describe('when podman has ended', () => {
  const images = [image('a', 'a 9'), image('b', 'b 8'), image('c', 'c 7')];
  const denied = failure('denied', 'permanent');

  /** One podman at work on all, and all of it here. */
  function all(settings = {}): Driver {
    const engine = drive(images, { lanes: 1, ...settings });
    engine.tell(started, ...['a', 'b', 'c'].flatMap((digest) => [arrived(digest, 7), ...fetched(digest)]));
    return engine;
  }

  test('the only image that it did not pull has failed with its words', () => {
    const engine = all();
    expect(engine.tell(pulled(1, 'a'), pulled(1, 'c'), ended(1, denied))).toEqual([
      'finish a',
      'finish c',
      'finish b: denied',
    ]);
  });

  test('each of several is tried by itself, and not told as tried again', () => {
    const engine = all({ retries: 0 });
    expect(engine.tell(pulled(1, 'b'), ended(1, denied))).toEqual(['finish b', 'start 2: a']);
    expect(engine.tell(ended(2, denied))).toEqual(['finish a: denied', 'start 3: c']);
    expect(engine.tell(pulled(3, 'c'), ended(3))).toEqual(['finish c']);
  });

  test.each<{ name: string; words: Failure | null }>([
    { name: 'by itself', words: failure('stopped-early') },
    { name: 'without a word', words: null },
  ])('$name, the image at hand has failed, and those behind wait', ({ words }) => {
    const engine = all();
    expect(engine.tell(pulled(1, 'a'), ended(1, words))).toEqual([
      'finish a',
      'retry b 1 after 500: stopped-early',
      'start 2: c',
    ]);
    expect(engine.tell(pulled(2, 'c'), ended(2))).toEqual(['finish c']);
    expect(engine.pass(500)).toEqual(['start 3: b']);
  });

  test('an image of which a blob cannot be had fails with the words for that', () => {
    const engine = drive(images, { lanes: 1 });
    engine.tell(started, arrived('a', 7), ...asked('a'), failed('a', failure('unauthorized', 'permanent')));
    expect(engine.tell(ended(1, denied)).slice(0, 1)).toEqual(['finish a: unauthorized']);
  });

  test('an image of which a blob cannot be had has failed once podman goes on', () => {
    const engine = drive(images, { lanes: 1 });
    engine.tell(started, arrived('a', 7), ...asked('a'));
    expect(engine.tell(failed('a', denied))).toEqual(['refuse a', 'fetch b']);
    expect(engine.tell(...asked('b'))).toEqual(['finish a: denied']);
  });

  test('wrong content is thrown away and fetched anew, but what the store has', () => {
    const engine = drive([image('a', 'x 5, y 5')]);
    engine.tell(started, arrived('x', 5), ...fetched('x'), arrived('y', 5), ...fetched('y'), committed('x'));
    expect(engine.tell(ended(1, failure('corrupt')))).toEqual([
      'discard y',
      'retry a 1 after 500: corrupt',
      'fetch y',
    ]);
    engine.tell(arrived('y', 5), ...fetched('y'));
    expect(engine.pass(500)).toEqual(['start 2: a']);
    expect(engine.tell(ended(2, failure('corrupt')))).toEqual(['finish a: corrupt']);
    expect(engine.actions).toMatchObject([{ failure: { kind: 'permanent' } }]);
  });
});

describe('what stands still', () => {
  const settings = { stallTimeoutMs: 5000, retries: 1 };

  test('is a fetch of which nothing comes: it is made again', () => {
    const engine = drive([image('a', 'x 9')], settings);
    engine.tell(started, arrived('x', 0.1), ...asked('x'));
    engine.pass(4000);
    engine.tell(arrived('x', 0.2));
    expect(engine.pass(4999)).toEqual([]);
    expect(engine.pass(1)).toEqual(['stop-fetch x', 'retry a 1 after 500: stalled']);
    expect(engine.actions).toContainEqual(
      expect.objectContaining({ failure: expect.objectContaining({ message: 'nothing came for 5 s' }) }),
    );
    expect(engine.pass(500)).toEqual(['fetch x']);
    expect(engine.pass(5000)).toEqual(['stop-fetch x', 'refuse x']);
    expect(engine.pass(4999)).toEqual([]);
    expect(engine.pass(1)).toEqual(['end 1']);
  });

  test('is a fetch that only trickles: it is made again, as often as others are tried again', () => {
    const engine = drive([image('a', 'x 900')], { stallTimeoutMs: 30_000, retries: 1 });
    engine.tell(started, arrived('x', 1));
    engine.pass(1000);
    engine.tell(arrived('x', 21));
    let megabytes = 21;
    const trickle = (seconds: number) =>
      Array.from({ length: seconds }, () => {
        megabytes += 0.01;
        return [...engine.tell(arrived('x', megabytes)), ...engine.pass(1000)];
      }).flat();
    expect(trickle(70)).toEqual(['stop-fetch x', 'fetch x']);
    expect(trickle(70)).toEqual([]);
  });

  test('is not a fetch that comes as slowly as all from its host', () => {
    const engine = drive([image('a', 'x 900')], { stallTimeoutMs: 30_000 });
    engine.tell(started);
    const said = Array.from({ length: 100 }, (_, second) => {
      return [...engine.tell(arrived('x', second * 0.01)), ...engine.pass(1000)];
    });
    expect(said.flat()).toEqual(['start 1: a']);
  });

  test('is a podman that has all that it needs and does nothing', () => {
    const engine = drive([image('a', 'x 1')], settings);
    engine.tell(started, arrived('x', 1), ...fetched('x'));
    expect(engine.pass(4999)).toEqual([]);
    expect(engine.pass(1)).toEqual(['end 1']);
    expect(engine.tell(ended(1))).toEqual(['retry a 1 after 500: stalled']);
  });

  test.each<{ name: string; given: readonly EngineEvent[] }>([
    { name: 'that works', given: [{ kind: 'lane-works', lane: 1 }] },
    { name: 'that waits for one that works', given: [{ kind: 'lane-works', lane: 2 }] },
    { name: 'that waits for the layer of another', given: [committed('z')] },
    {
      name: 'that waits for one that gets more, too',
      given: [arrived('w', 1), { kind: 'lane-works', lane: 2 }],
    },
  ])('is no podman $name', ({ given }) => {
    const engine = drive([image('a', 'x 5'), image('b', 'y 4, z 1, w 3', { sources: ['o.io'] })], settings);
    engine.tell(started, arrived('x', 5), ...fetched('x'), arrived('y', 4), ...fetched('y', 'z'));
    engine.pass(4000);
    engine.tell(...given);
    expect(engine.pass(4000)).not.toContain('end 1');
  });

  test('is no podman that waits for bytes', () => {
    const engine = drive([image('a', 'x 5')], { ...settings, retries: 4 });
    engine.tell(started, arrived('x', 1));
    const said = Array.from({ length: 20 }, (_, second) => {
      return [...engine.tell(arrived('x', 1 + second * 0.1)), ...engine.pass(1000)];
    });
    expect(said.flat()).toEqual([]);
  });
});

describe('a stop', () => {
  const interrupted = failure('interrupted');
  const stop = { kind: 'stopped', failure: interrupted } as const;

  test('forgets nobody: not who runs, who waits, rests or is looked up', () => {
    const images = [image('a', 'x 9'), image('b', 'y 8', { sources: ['o.io'] }), { key: 'late', need: null }];
    const engine = drive([...images, image('c', 'z 7', { sources: ['p.io'] })]);
    engine.tell(started, arrived('x', 1), failed('z', refused));
    expect(engine.tell(stop)).toEqual([
      'stop-fetch x',
      'stop-fetch y',
      'end 1',
      'finish b: interrupted',
      'finish late: interrupted',
      'finish c: interrupted',
    ]);
    expect(isOver(engine.state)).toBe(false);
    expect(engine.tell(ended(1))).toEqual(['finish a: interrupted']);
    expect(isOver(engine.state)).toBe(true);
    expect(engine.tell(stop, started, ...fetched('x'))).toEqual([]);
    expect(engine.pass(100_000)).toEqual([]);
  });

  test('leaves an image that has come to its end all the same', () => {
    const engine = drive([image('a', 'x 1')]);
    engine.tell(started, arrived('x', 1), ...fetched('x'), stop);
    expect(engine.tell(pulled(1, 'a'), ended(1))).toEqual(['finish a']);
  });

  test('before the start ends it', () => {
    const engine = drive([image('a', 'x 1')]);
    expect(engine.tell(stop)).toEqual(['finish a: interrupted']);
    expect(engine.tell(started)).toEqual([]);
    expect(isOver(engine.state)).toBe(true);
  });
});
