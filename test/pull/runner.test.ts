import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundImagesError } from '../../src/model/error.js';
import type { PullEvent } from '../../src/model/events.js';
import type { Failure } from '../../src/model/failure.js';
import type { PlannedImage } from '../../src/model/plan.js';
import type { Looked } from '../../src/model/ports.js';
import { type RunnerPorts, type RunnerSettings, runEngine } from '../../src/pull/runner.js';
import type { AuthAttempt } from '../../src/pull/with-credentials.js';
import type { PullAttempt } from '../../src/tools/podman/podman.js';
import { plannedImage } from '../support/planned-image.js';
import { virtualTime } from '../support/virtual-timer.js';
import { failure, usualSettings } from './scripted-pulls.js';
import { contentOf, idOf, type RelayScript, relayedImage, scriptedRelay } from './scripted-relay.js';

const [one, two, three, four] = ['r.io/one:1', 'r.io/two:1', 'r.io/three:1', 'r.io/four:1'] as const;
/** Worth waiting for. */
const kib = 1024;
const big = 100 * kib;

interface World extends RelayScript {
  readonly settings?: Partial<RunnerSettings>;
  readonly ports?: Partial<RunnerPorts>;
  readonly circumstances?: Partial<RunnerPorts['circumstances']>;
  /** By reference, one after the other. */
  readonly looked?: Readonly<Record<string, readonly (Looked | Error)[]>>;
  /** When it is stopped. */
  readonly stopAtMs?: number;
}

function newWorld(images: readonly PlannedImage[], world: World = {}) {
  const { settings, ports, circumstances, looked = {}, stopAtMs } = world;
  const time = virtualTime();
  const rig = scriptedRelay(time, world);
  const events: PullEvent[] = [];
  const looks: string[] = [];
  const direct: string[] = [];
  const stop = new AbortController();
  if (stopAtMs !== undefined) time.at(stopAtMs, () => stop.abort());
  const runs = runEngine(
    images,
    {
      relay: rig.relay,
      listen: rig.listen,
      circumstances: {
        direct: null,
        isLimited: false,
        fits: () => true,
        partialPulls: 'none',
        ...circumstances,
      },
      lookUp: async ({ image }) => {
        const { text } = image.reference;
        const answers = looked[text] ?? [];
        const answer = answers[Math.min(looks.filter((each) => each === text).length, answers.length - 1)];
        looks.push(text);
        if (answer === undefined) throw new Error(`nobody asks for ${text}`);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      startLane: rig.startLane,
      writeOut: async () => undefined,
      onDirect: ({ resolved }, why) => direct.push(`${resolved.image.reference.text}: ${why}`),
      timer: time.timer,
      random: () => 0.5,
      ...ports,
    },
    {
      ...usualSettings,
      storedLayers: () => ({ digests: rig.stored, compressedBytes: 0 }),
      signal: stop.signal,
      ...settings,
    },
    (event) => events.push(event),
  );
  return { ...rig, time, events, looks, direct, runs };
}

async function run(images: readonly PlannedImage[], world: World = {}) {
  const started = newWorld(images, world);
  const done = await started.time.run(started.runs);
  const byName = new Map(done.map((each) => [each.planned.resolved.image.reference.text, each]));
  return { ...started, done, of: (reference: string) => byName.get(reference) };
}

const failed = (error: Failure, more: { readonly isGone?: boolean; readonly waitMs?: number } = {}) => ({
  kind: 'failed' as const,
  failure: error,
  waitMs: more.waitMs ?? null,
  isGone: more.isGone ?? false,
});

const found = (reference: string, digest: string, size = 1000): Looked => ({
  kind: 'found',
  image: {
    digest: `sha256:of ${reference}`,
    layers: [{ digest, size }],
    content: contentOf(reference),
  },
});

describe('an image comes through the relay', () => {
  test('its blobs are fetched once, podman gets them there, and what it says to have is told', async () => {
    const layers = [
      { digest: 'base', size: 4000 },
      { digest: 'there', size: 1_000_000, present: true },
      { digest: 'own', size: 1000 },
    ];
    const { done, requests, lists, served, events } = await run([relayedImage(one, layers)], {
      unpackMs: 100,
    });
    expect(done).toMatchObject([
      { ids: [idOf(one)], attempts: 1, received: 5000, isPinned: true, error: null },
    ]);
    expect(requests.map(({ digest, registry }) => [digest, registry])).toEqual([
      ['base', 'r.io'],
      ['own', 'r.io'],
    ]);
    expect(lists).toEqual([[one]]);
    expect(served).toMatchObject([{ reference: '1', partial: new Set() }]);
    expect(events.filter(({ kind }) => kind !== 'progress')).toMatchObject([
      { kind: 'start', reference: one, attempt: 1, bytes: 5000 },
      { kind: 'end', reference: one, state: 'pulled', received: 5000, attempts: 1, error: null },
    ]);
    expect(events.filter(({ kind }) => kind === 'progress').at(-1)).toEqual({
      kind: 'progress',
      reference: one,
      received: 5000,
      expected: 5000,
    });
  });

  test('in a list, each is told when its ID is printed, whatever has failed between', async () => {
    const images = [one, two, three, four].map((reference) =>
      relayedImage(reference, [{ digest: `layer of ${reference}`, size: 1000 }]),
    );
    const podman = { [two]: failure('policy', 'permanent'), [four]: failure('archive', 'permanent') };
    const { of, lists } = await run(images, { podman, settings: { lanes: 1 } });
    // Whose words podman's last ones are, nobody knows: each is heard by itself.
    expect(lists).toEqual([[one, two, three, four], [two], [four]]);
    expect(of(one)).toMatchObject({ ids: [idOf(one)], attempts: 1, error: null });
    expect(of(three)).toMatchObject({ ids: [idOf(three)], attempts: 1, error: null });
    expect(of(two)).toMatchObject({ ids: [], error: { code: 'policy' } });
    expect(of(four)).toMatchObject({ ids: [], error: { code: 'archive' } });
  });

  test('what podman did not print it did not pull, whatever its status', async () => {
    const images = [one, two, three].map((reference) =>
      relayedImage(reference, [{ digest: `layer of ${reference}`, size: 1000 }]),
    );
    const { of, lists, requests } = await run(images, { dies: [two], settings: { lanes: 1 } });
    expect(lists[0]).toEqual([one, two, three]);
    expect(of(one)).toMatchObject({ ids: [idOf(one)], attempts: 1, error: null });
    expect(of(two)).toMatchObject({ ids: [idOf(two)], attempts: 2, error: null });
    expect(of(three)).toMatchObject({ ids: [idOf(three)], attempts: 1, error: null });
    expect(requests).toHaveLength(3);
  });

  test('a request that fails is made again, which is an attempt, and podman only waits', async () => {
    const { done, lists, requests, events } = await run(
      [relayedImage(one, [{ digest: 'layer', size: 1000 }])],
      {
        fetches: { layer: [{ end: failed(failure('server-error', 'transient')) }, {}] },
      },
    );
    expect(done).toMatchObject([{ attempts: 2, received: 1000, error: null }]);
    expect(lists).toHaveLength(1);
    expect(requests).toHaveLength(2);
    expect(events).toContainEqual({
      kind: 'retry',
      reference: one,
      attempt: 1,
      waitSeconds: 0.125,
      error: expect.objectContaining({ code: 'server-error' }),
    });
    const starts = events.filter(({ kind }) => kind === 'start');
    expect(starts.at(-1)).toMatchObject({ attempt: 2 });
  });

  test('a blob that cannot be had is refused to podman, and the image fails in the words of its registry', async () => {
    const images = [relayedImage(one, [{ digest: 'layer', size: 1000 }])];
    const { done, refused, requests } = await run(images, {
      fetches: { layer: [{ end: failed(failure('denied', 'permanent')) }] },
    });
    expect(done).toMatchObject([
      { ids: [], attempts: 1, error: { code: 'denied', message: expect.stringContaining('denied!') } },
    ]);
    expect(refused).toEqual(['layer']);
    expect(requests).toHaveLength(1);
  });

  test('another source has what the first one has not', async () => {
    const images = [relayedImage(one, [{ digest: 'layer', size: 1000 }], ['mirror.io', 'r.io'])];
    const { done, requests } = await run(images, {
      fetches: { layer: [{ end: failed(failure('manifest-unknown', 'permanent'), { isGone: true }) }, {}] },
    });
    expect(done).toMatchObject([{ error: null }]);
    expect(requests.map(({ registry }) => registry)).toEqual(['mirror.io', 'r.io']);
  });

  test('wrong bytes are thrown away and fetched anew, once, but for what is in the store', async () => {
    const images = [
      relayedImage(one, [
        { digest: 'sound', size: 1000 },
        { digest: 'wrong', size: 500 },
      ]),
    ];
    const { done, discarded, requests, lists } = await run(images, { corrupt: ['wrong'] });
    expect(discarded).toEqual(['wrong']);
    expect(requests.map(({ digest }) => digest)).toEqual(['sound', 'wrong', 'wrong']);
    expect(lists).toEqual([[one], [one]]);
    expect(done).toMatchObject([
      { attempts: 2, received: 2000, error: { code: 'corrupt', kind: 'permanent' } },
    ]);
  });
});

describe('an image that has to be looked up in the run', () => {
  const unknown = (reference: string) =>
    plannedImage(reference, { lookUpFailure: failure('connection', 'transient') });

  test('comes through the relay once its registry answers', async () => {
    const down: Looked = { kind: 'failed', error: failure('connection', 'transient') };
    const { done, looks, requests, events } = await run([unknown(one)], {
      looked: { [one]: [down, found(one, 'layer')] },
    });
    expect(looks).toEqual([one, one]);
    expect(requests.map(({ digest }) => digest)).toEqual(['layer']);
    expect(done).toMatchObject([
      {
        attempts: 2,
        received: 1000,
        isPinned: true,
        error: null,
        planned: { digest: `sha256:of ${one}` },
        original: { digest: null },
      },
    ]);
    expect(events.filter(({ kind }) => kind === 'retry')).toHaveLength(1);
  });

  test('fails when its registry never answers', async () => {
    const down: Looked = { kind: 'failed', error: failure('connection', 'transient') };
    const { done, looks, lists } = await run([unknown(one)], { looked: { [one]: [down] } });
    expect(looks).toHaveLength(3);
    expect(done).toMatchObject([{ attempts: 3, received: 0, error: { code: 'connection' } }]);
    expect(lists).toEqual([]);
  });

  test('is left to podman where its registry wants what is not known', async () => {
    const strange: Looked = { kind: 'failed', error: failure('unsupported', 'permanent') };
    const { done, direct, lists, requests } = await run([unknown(one)], { looked: { [one]: [strange] } });
    expect(direct).toEqual([`${one}: unsupported!`]);
    expect(lists).toEqual([[one]]);
    expect(requests).toEqual([]);
    expect(done).toMatchObject([{ ids: [idOf(one)], isPinned: false, error: null }]);
  });

  test('is left to podman after the others of its registry, with which it may share layers', async () => {
    const strange: Looked = { kind: 'failed', error: failure('unsupported', 'permanent') };
    const others = ['s.io/four:1', two, three];
    const looked = Object.fromEntries([one, ...others].map((each) => [each, [strange]]));
    const running = new Set<string>();
    const most = new Map<string, number>();
    const world = newWorld([one, ...others].map(unknown), {
      looked,
      ports: {
        startLane: ([image], _, __, signal) => {
          const registry = image?.resolved.image.reference.text.split('/')[0] ?? '';
          const podman = async (): Promise<AuthAttempt<PullAttempt>> => {
            await undefined;
            expect(running.has(registry)).toBe(false);
            running.add(registry);
            most.set(registry, Math.max(most.get(registry) ?? 0, running.size));
            await world.time.timer.sleep(5000, signal);
            running.delete(registry);
            return { result: { kind: 'pulled', ids: [registry] }, tried: [] };
          };
          return { copied: () => 0, group: () => undefined, ended: podman() };
        },
      },
    });
    const done = await world.time.run(world.runs);
    expect(done.map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(most.get('s.io')).toBe(2);
    expect(Math.max(...done.map(({ seconds }) => seconds))).toBeLessThan(16);
  });

  test('is not left to podman where that would heed no limit of the rate', async () => {
    const strange: Looked = { kind: 'failed', error: failure('unsupported', 'permanent') };
    const { done, direct, lists } = await run([unknown(one)], {
      looked: { [one]: [strange] },
      circumstances: { isLimited: true },
    });
    expect(done).toMatchObject([
      { error: { code: 'unsupported', kind: 'permanent', message: expect.stringContaining('unsupported!') } },
    ]);
    expect([direct, lists]).toEqual([[], []]);
  });

  test('is asked for once more when its registry no longer has what was planned', async () => {
    const gone = { end: failed(failure('manifest-unknown', 'permanent'), { isGone: true }) };
    const { done, looks } = await run([relayedImage(one, [{ digest: 'old', size: 1000 }])], {
      fetches: { old: [gone] },
      looked: { [one]: [found(one, 'new', 300)] },
    });
    expect(looks).toEqual([one]);
    expect(done).toMatchObject([{ received: 300, error: null, planned: { layers: [{ digest: 'new' }] } }]);
    expect(done[0]?.original.layers).toMatchObject([{ digest: 'old' }]);
  });

  test('keeps nobody waiting', async () => {
    const images = [unknown(one), relayedImage(two, [{ digest: 'layer', size: 1000 }])];
    const down: Looked = { kind: 'failed', error: failure('connection', 'transient') };
    const { of } = await run(images, { looked: { [one]: [down] } });
    expect(of(two)).toMatchObject({ error: null });
    expect(of(two)?.seconds).toBeLessThan(1);
    expect(of(one)?.error).toMatchObject({ code: 'connection' });
  });
});

describe('progress', () => {
  const base = { digest: 'base', size: big };

  test('counts a layer that images share for the first of them only', async () => {
    const images = [
      relayedImage(one, [base, { digest: 'own of one', size: 3000 }]),
      relayedImage(two, [base, { digest: 'own of two', size: 2000 }]),
    ];
    const { of, events, requests } = await run(images);
    expect(requests.filter(({ digest }) => digest === 'base')).toHaveLength(1);
    expect([of(one)?.received, of(two)?.received]).toEqual([big + 3000, 2000]);
    const starts = new Map(
      events.flatMap((event) => (event.kind === 'start' ? [[event.reference, event.bytes]] : [])),
    );
    expect(starts).toEqual(
      new Map([
        [one, big + 3000],
        [two, 2000],
      ]),
    );
  });

  test('does not count what an earlier run has kept', async () => {
    const images = [relayedImage(one, [{ digest: 'layer', size: 1000 }])];
    const { of, events } = await run(images, { kept: { layer: 400 }, unpackMs: 100 });
    expect(of(one)?.received).toBe(600);
    expect(events.filter(({ kind }) => kind === 'start')).toMatchObject([{ bytes: 600 }]);
    expect(events.filter(({ kind }) => kind === 'progress').at(-1)).toMatchObject({
      received: 600,
      expected: 600,
    });
  });

  test('of another attempt is what that one brings', async () => {
    const images = [relayedImage(one, [{ digest: 'layer', size: 1000 }])];
    const { of, events } = await run(images, {
      fetches: {
        layer: [{ ms: 300, bytes: 700, end: failed(failure('connection', 'transient')) }, { ms: 300 }],
      },
    });
    expect(of(one)).toMatchObject({ attempts: 2, received: 1000 });
    expect(events.filter(({ kind }) => kind === 'start')).toMatchObject([
      { attempt: 1, bytes: 1000 },
      { attempt: 2, bytes: 300 },
    ]);
    const shown = events.flatMap((event) =>
      event.kind === 'progress' ? [[event.received, event.expected]] : [],
    );
    expect(shown).toContainEqual([700, 1000]);
    expect(shown.at(-1)).toEqual([300, 300]);
  });

  test('of what podman pulls by itself is told from the store, and said to be an estimate', async () => {
    const layers = [
      { digest: 'first', size: 3000 },
      { digest: 'second', size: 1000 },
    ];
    const denied = failure('server-error', 'transient');
    let attempt = 0;
    const world = newWorld([relayedImage(one, layers)], {
      circumstances: { direct: 'as it was asked for' },
      ports: {
        startLane: (_, __, ___, signal) => {
          attempt += 1;
          return { copied: () => 0, group: () => undefined, ended: podman(attempt, signal) };
        },
      },
    });
    async function podman(attempt: number, signal: AbortSignal): Promise<AuthAttempt<PullAttempt>> {
      // It works once all is prepared.
      await undefined;
      await world.time.timer.sleep(300, signal);
      world.stored.add(attempt === 1 ? 'first' : 'second');
      await world.time.timer.sleep(300, signal);
      if (attempt === 1) return { result: { kind: 'failed', failure: denied }, tried: [] };
      return { result: { kind: 'pulled', ids: [idOf(one)] }, tried: [] };
    }
    const done = await world.time.run(world.runs);
    expect(world.requests).toEqual([]);
    expect(done).toMatchObject([{ ids: [idOf(one)], attempts: 2, received: 4000, isPinned: false }]);
    const { events } = world;
    expect(events.flatMap((event) => (event.kind === 'start' ? event.bytes : []))).toEqual([4000, 1000]);
    expect(events.filter(({ kind }) => kind === 'progress')).toEqual([
      { kind: 'progress', reference: one, received: 3000, expected: 4000, estimated: true },
      { kind: 'progress', reference: one, received: 1000, expected: 1000, estimated: true },
    ]);
  });

  test('of what nobody knew is what the store has in the end, beside that which was known', async () => {
    const strange = plannedImage(one, { lookUpFailure: failure('unsupported', 'permanent') });
    let compressedBytes = 70_000;
    let stored: ReadonlySet<string> = new Set();
    const world = newWorld([strange, relayedImage(two, [{ digest: 'known', size: 4000 }])], {
      settings: {
        storedLayers: () => ({
          digests: stored,
          compressedBytes: compressedBytes + (stored.has('known') ? 4000 : 0),
        }),
      },
      ports: {
        startLane: (images, isDirect, onId, signal) => {
          if (!isDirect) return world.startLane(images, isDirect, onId, signal);
          const podman = async (): Promise<AuthAttempt<PullAttempt>> => {
            await undefined;
            await world.time.timer.sleep(3000, signal);
            compressedBytes += 1234;
            return { result: { kind: 'pulled', ids: [idOf(one)] }, tried: [] };
          };
          return { copied: () => 0, group: () => undefined, ended: podman() };
        },
      },
    });
    stored = world.stored;
    const done = await world.time.run(world.runs);
    expect(done.map(({ planned, received }) => [planned.resolved.image.reference.text, received])).toEqual([
      [two, 4000],
      [one, 1234],
    ]);
  });

  test('never goes back, and says of nothing that it waits twice', async () => {
    const images = [one, two, three].map((reference) =>
      relayedImage(reference, [base, { digest: `own of ${reference}`, size: 1000 }]),
    );
    const { events } = await run(images, { fetches: { base: [{ ms: 3000 }] } });
    for (const reference of [one, two, three]) {
      const own = events.filter((event) => 'reference' in event && event.reference === reference);
      const received = own.flatMap((event) => (event.kind === 'progress' ? event.received : []));
      expect(received).toEqual(received.toSorted((a, b) => a - b));
      const waits = own.flatMap((event) => (event.kind === 'waiting' ? `${event.for} ${event.on}` : []));
      expect(waits).toEqual([...new Set(waits)]);
      expect(own.at(-1)).toMatchObject({ kind: 'end' });
    }
  });
});

test('what is in the store as well goes once it is written out, and a run waits for that', async () => {
  const digests = ['first', 'second', 'third'];
  const written: (readonly string[])[] = [];
  const world = newWorld(
    [
      relayedImage(
        one,
        digests.map((digest) => ({ digest, size: 10_000_000 })),
      ),
    ],
    {
      unpackMs: 500,
      settings: { keptTwiceBytes: 15_000_000, roomBytes: 1_000_000_000 },
      ports: {
        writeOut: async () => {
          written.push([...world.stored]);
          await world.time.timer.sleep(5000, new AbortController().signal);
          expect(world.released).toEqual([]);
        },
      },
    },
  );
  await world.time.run(world.runs);
  // The last one has come while it was written, and is flushed with all at the end.
  expect(written).toEqual([['first', 'second']]);
  expect(world.released).toEqual(['first', 'second']);
});

test('a request that was stopped has ended before the blob is asked for again', async () => {
  const images = [relayedImage(one, [{ digest: 'layer', size: 1000 }])];
  const { done, requests } = await run(images, {
    // A request that stands still takes its time to end.
    fetches: { layer: [{ ms: Number.POSITIVE_INFINITY, stopMs: 2000 }, {}] },
    settings: { stallTimeoutMs: 5000 },
  });
  expect(done).toMatchObject([{ attempts: 2, error: null }]);
  expect(requests).toMatchObject([
    { fromMs: 0, untilMs: 7000 },
    { fromMs: 7000, untilMs: 7010 },
  ]);
});

describe('a run ends', () => {
  const images = () => [
    relayedImage(one, [
      { digest: 'base', size: big },
      { digest: 'own of one', size: big },
    ]),
    relayedImage(two, [
      { digest: 'base', size: big },
      { digest: 'own of two', size: 10 },
    ]),
    plannedImage(three, { lookUpFailure: failure('connection', 'transient') }),
  ];
  const slow: World = {
    fetches: {
      base: [
        { ms: 700, end: failed(failure('server-error', 'transient')) },
        { ms: 700, stopMs: 30 },
      ],
      'own of one': [{ ms: 400, stopMs: 50 }],
    },
    unpackMs: 300,
    endMs: 200,
    looked: {
      [three]: [{ kind: 'failed', error: failure('connection', 'transient') }, found(three, 'layer', 400)],
    },
  };

  test('with nothing left running, whenever it is stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4000 }), async (stopAtMs) => {
        const {
          done,
          events,
          running,
          requests,
          lists,
          time,
          time: { timer },
        } = await run(images(), { ...slow, stopAtMs });
        expect(running()).toBe(0);
        expect(done).toHaveLength(3);
        for (const { error } of done) expect([undefined, 'interrupted']).toContain(error?.code);
        expect(events.filter(({ kind }) => kind === 'end')).toHaveLength(3);
        // Nor does anything begin later.
        const before = [requests.length, lists.length, events.length];
        await time.run(timer.sleep(60_000, new AbortController().signal));
        expect([requests.length, lists.length, events.length]).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('with no registry still being asked', async () => {
    let asking = 0;
    const world = newWorld(images(), {
      stopAtMs: 1000,
      ports: {
        lookUp: async (_, signal) => {
          asking += 1;
          await undefined;
          await world.time.timer.sleep(Number.POSITIVE_INFINITY, signal);
          await world.time.timer.sleep(500, new AbortController().signal);
          asking -= 1;
          throw new Error('it was stopped');
        },
      },
    });
    const done = await world.time.run(world.runs);
    expect(asking).toBe(0);
    expect(done.find(({ planned }) => planned.content === null)?.error?.code).toBe('interrupted');
  });

  test('before it has begun, where it is stopped already', async () => {
    const signal = AbortSignal.abort();
    const { done, requests, lists, looks } = await run(images(), { ...slow, settings: { signal } });
    expect(done.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
    expect([requests, lists, looks]).toEqual([[], [], []]);
  });

  test('with what a podman throws, once everything else has ended', async () => {
    const error = new BoundImagesError('temporary-files', 'there is no place for temporary files');
    const world = newWorld(images(), { ...slow, podman: { [two]: error } });
    await expect(world.time.run(world.runs)).rejects.toBe(error);
    expect(world.running()).toBe(0);
  });

  test.each<{ name: string; answer: Error }>([
    { name: 'of ours', answer: new BoundImagesError('store', 'the store is gone') },
    { name: 'of anybody', answer: new TypeError('a mistake') },
  ])('with what a look-up throws: an error $name', async ({ answer }) => {
    const world = newWorld(images(), { ...slow, looked: { [three]: [answer] } });
    await expect(world.time.run(world.runs)).rejects.toBe(answer);
  });

  test('for all where no more may be written, and each says whose fault it was', async () => {
    let isFull = false;
    const full: Failure = {
      code: 'no-space',
      kind: 'local',
      message: 'stopped before / was full',
      hint: null,
    };
    const world = newWorld(images(), {
      ...slow,
      settings: { findShortage: () => (isFull ? full : undefined) },
    });
    world.time.at(500, () => {
      isFull = true;
    });
    const done = await world.time.run(world.runs);
    expect(done.map(({ error }) => error?.code)).toEqual(['no-space', 'no-space', 'no-space']);
    expect(world.running()).toBe(0);
  });
});
