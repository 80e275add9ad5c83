import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Failure, FailureCode } from '../../../src/model/failure.js';
import { blobOf } from '../../../src/pull/engine/draft.js';
import { type EngineState, isOver, start, step } from '../../../src/pull/engine/engine.js';
import type { BlobNeed, EngineEvent, EngineImage, ImageNeed } from '../../../src/pull/engine/model.js';
import { order } from '../../../src/pull/engine/order.js';
import { expectLinear } from '../../support/expect-linear.js';
import { type Outcome, type Registry, simulate, type World } from './simulated-world.js';

const megabyte = 1_000_000;

function failure(code: FailureCode, kind: Failure['kind']): Failure {
  return { code, kind, message: `${code}!`, hint: null };
}

/** Sizes belong to blobs, so every image that has one agrees about it. */
const sizes = [32, 3000, 65_536, 400_000, 5 * megabyte, 30 * megabyte];
const pool = Array.from({ length: 9 }, (_, index): BlobNeed => {
  return { digest: `pool-${index}`, size: sizes[index % sizes.length] as number, isPartial: false };
});
const hosts = ['a.io', 'b.io', 'c.io'];

const shape = fc.record({
  shared: fc.shuffledSubarray(pool, { maxLength: 5 }),
  own: fc.array(fc.constantFrom(...sizes), { maxLength: 4 }),
  host: fc.nat(hosts.length - 1),
  group: fc.constantFrom('one', 'one', 'two'),
  kind: fc.constantFrom('relay', 'relay', 'relay', 'relay', 'alone', 'direct', 'unknown', 'late'),
  ms: fc.nat(5000),
});

interface Given {
  readonly images: readonly EngineImage[];
  readonly lookUps: Readonly<Record<string, readonly ImageNeed[]>>;
  readonly unknown: Readonly<Record<string, readonly BlobNeed[]>>;
  readonly directMs: Readonly<Record<string, number>>;
}

const given = fc.array(shape, { minLength: 1, maxLength: 10 }).map((shapes): Given => {
  const lookUps: Record<string, readonly ImageNeed[]> = {};
  const unknown: Record<string, readonly BlobNeed[]> = {};
  const directMs: Record<string, number> = {};
  const images = shapes.map(({ shared, own, host, group, kind, ms }, index) => {
    const key = `i${index}`;
    const config: BlobNeed = { digest: `config-${key}`, size: 2000, isPartial: false };
    const layers = own.map((size, n): BlobNeed => ({ digest: `${key}.${n}`, size, isPartial: false }));
    const blobs = [config, ...shared, ...layers];
    const need: ImageNeed = {
      way: kind === 'direct' ? 'direct' : 'relay',
      group,
      isAlone: kind === 'alone',
      sources: kind === 'direct' ? [] : [hosts[host] as string],
      blobs: kind === 'direct' || kind === 'unknown' ? null : blobs,
    };
    if (kind === 'unknown') unknown[key] = blobs;
    if (kind === 'direct') directMs[key] = ms;
    if (kind !== 'late') return { key, need };
    lookUps[key] = [need];
    return { key, need: null };
  });
  return { images, lookUps, unknown, directMs };
});

const settings = fc.record({
  lanes: fc.integer({ min: 1, max: 3 }),
  mostLanes: fc.integer({ min: 3, max: 6 }),
  retries: fc.nat(2),
  stallTimeoutMs: fc.constantFrom<number>(5000, 60_000),
  roomBytes: fc.constantFrom(0, 1000, 10 * megabyte, 1e12, 1e12),
});

const registry = fc.record({
  rate: fc.constantFrom(0.3 * megabyte, 5 * megabyte, 100 * megabyte),
  latencyMs: fc.constantFrom(1, 40, 300),
});
const registries = fc
  .tuple(registry, registry, registry)
  .map((all) => Object.fromEntries(hosts.map((host, index) => [host, all[index] as Registry])));

const runs = { numRuns: Number(process.env.RUNS ?? 25) };

function countOf(outcome: Outcome): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { digest } of outcome.fetches) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

function expectSound(outcome: Outcome, world: World): void {
  expect(outcome.faults).toEqual([]);
  expect(outcome.loose).toEqual([]);
  expect(outcome.isOver).toBe(true);
  expect([...outcome.finished.keys()].sort()).toEqual(world.images.map(({ key }) => key).sort());
  expect(outcome.lanes.length).toBeLessThan(1000);
}

test('fetches each blob once, and pulls everything, where nothing fails', () => {
  fc.assert(
    fc.property(given, settings, registries, (images, settings, registries) => {
      const world = { ...images, settings: { ...settings, roomBytes: 1e12 }, registries };
      const outcome = simulate(world);
      expectSound(outcome, world);
      expect([...outcome.finished.values()].filter(({ failure }) => failure !== null)).toEqual([]);
      expect([...countOf(outcome)].filter(([, count]) => count !== 1)).toEqual([]);
    }),
    runs,
  );
});

test('pulls everything where there is little room, or none', () => {
  fc.assert(
    fc.property(given, settings, registries, (images, settings, registries) => {
      const world = { ...images, settings, registries };
      const outcome = simulate(world);
      expectSound(outcome, world);
      expect([...outcome.finished.values()].filter(({ failure }) => failure !== null)).toEqual([]);
    }),
    runs,
  );
});

const transient = ['connection', 'server-error', 'timeout', 'too-many-requests'] as const;
const trouble = fc.record({
  /** Of a hundred requests. */
  share: fc.constantFrom(5, 20, 60),
  kind: fc.constantFrom('transient', 'transient', 'transient', 'denied', 'gone', 'local'),
  times: fc.integer({ min: 1, max: 4 }),
  salt: fc.nat(1000),
});
type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never;

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 100_003;
  return sum;
}

/** Fails the first requests for some blobs, at the start or in the middle. */
function troubled(registry: Registry, name: string, { share, kind, times, salt }: Trouble): Registry {
  return {
    ...registry,
    fail: (digest, count) => {
      const number = hash(`${digest} ${salt} ${name}`);
      if (number % 100 >= share || count > times) return undefined;
      const afterBytes = number % 3 === 0 ? 1_200_000 : 0;
      if (kind === 'transient') {
        const code = transient[number % transient.length] ?? 'timeout';
        return { failure: failure(code, kind), afterBytes, ...(number % 5 === 0 ? { waitMs: 2000 } : {}) };
      }
      if (kind === 'gone') return { failure: failure('manifest-unknown', 'permanent'), isGone: true };
      if (kind === 'denied') return { failure: failure('denied', 'permanent') };
      return { failure: failure('no-space', 'local'), afterBytes };
    },
  };
}

const podmanWords = fc.dictionary(
  fc.constantFrom('i0', 'i1', 'i2', 'i3', 'i4'),
  fc.array(
    fc.constantFrom(
      undefined,
      null,
      failure('corrupt', 'transient'),
      failure('unknown', 'permanent'),
      failure('connection', 'transient'),
      failure('stopped-early', 'transient'),
    ),
    { maxLength: 3 },
  ),
);

const hostile = fc.record({
  given,
  settings,
  registries,
  troubles: fc.array(trouble, { maxLength: 3 }),
  podmanWords,
});

function worldOf({
  given,
  settings,
  registries,
  troubles,
  podmanWords,
}: typeof hostile extends fc.Arbitrary<infer T> ? T : never): World {
  const all = Object.entries(registries).map(([host, registry], index) => {
    const trouble = troubles[index];
    return [host, trouble === undefined ? registry : troubled(registry, host, trouble)] as const;
  });
  const lookUps = Object.fromEntries(
    given.images.flatMap(({ key, need }) => (need === null ? [] : [[key, [need]]])),
  );
  return {
    ...given,
    lookUps: { ...lookUps, ...given.lookUps },
    settings,
    registries: Object.fromEntries(all),
    podman: podmanWords,
  };
}

test('comes to an end whatever fails, and leaves nothing running', () => {
  fc.assert(
    fc.property(hostile, (hostile) => {
      const world = worldOf(hostile);
      expectSound(simulate(world), world);
    }),
    runs,
  );
});

test('finishes all and ends all, whenever it is stopped', () => {
  const reasons = fc.constantFrom('stopped', 'halted');
  fc.assert(
    fc.property(hostile, fc.nat(400), reasons, (hostile, at, kind) => {
      const world = worldOf(hostile);
      const stop = { at, event: { kind, failure: failure('interrupted', 'transient') } } as const;
      const outcome = simulate({ ...world, stop });
      expectSound(outcome, world);
    }),
    runs,
  );
});

test('pulls everything where nothing fails more often than it is tried again', () => {
  fc.assert(
    fc.property(hostile, (hostile) => {
      const troubles = hostile.troubles.map((each) => ({ ...each, kind: 'transient', times: 2 }) as const);
      const settings = { ...hostile.settings, retries: 2, roomBytes: 1e12, stallTimeoutMs: 60_000 };
      const world = worldOf({ ...hostile, troubles, settings, podmanWords: {} });
      const outcome = simulate(world);
      expectSound(outcome, world);
      expect([...outcome.finished.values()].filter(({ failure }) => failure !== null)).toEqual([]);
    }),
    runs,
  );
});

/** When the images of the first host are all done. */
function endOf(world: World): number {
  const ours = world.images.filter(({ need }) => need?.sources[0] !== hosts[1]).map(({ key }) => key);
  const outcome = simulate({ ...world, until: ours });
  expect(outcome.faults).toEqual([]);
  return Math.max(0, ...ours.map((key) => outcome.finished.get(key)?.atMs ?? 0));
}

const twoHosts = fc
  .array(
    fc.record({
      shared: fc.shuffledSubarray(pool, { maxLength: 3 }),
      own: fc.array(fc.constantFrom(...sizes), { maxLength: 3 }),
      isOther: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((all) =>
    all.map(({ shared, own, isOther }, index): EngineImage => {
      const key = `i${index}`;
      const name = isOther ? 'other' : 'ours';
      const layers = own.map((size, n): BlobNeed => ({ digest: `${key}.${n}`, size, isPartial: false }));
      const blobs = [
        { digest: `config-${key}`, size: 2000, isPartial: false },
        ...shared.map((blob) => ({ ...blob, digest: `${name}-${blob.digest}` })),
        ...layers,
      ];
      const sources = [hosts[isOther ? 1 : 0] as string];
      return { key, need: { way: 'relay', group: 'one', isAlone: false, blobs, sources } };
    }),
  );

test.each([
  { name: 'silent', other: { rate: 1, latencyMs: Number.POSITIVE_INFINITY } },
  { name: 'slow', other: { rate: 100_000, latencyMs: 40 } },
  { name: 'slow to answer', other: { rate: 50 * megabyte, latencyMs: 4000 } },
])('a registry that is $name costs the images of others nothing but what it takes to notice', ({ other }) => {
  fc.assert(
    fc.property(twoHosts, settings, (images, given) => {
      const settings = { ...given, roomBytes: 1e12, stallTimeoutMs: 20_000, retries: 1 };
      const registries = { 'a.io': { rate: 20 * megabyte, latencyMs: 40 }, 'b.io': other };
      const ours = images.filter(({ need }) => need?.sources[0] === hosts[0]);
      const without = endOf({ images: ours, settings, registries });
      expect(endOf({ images, settings, registries })).toBeLessThanOrEqual(without * 1.1 + 3000);
    }),
    runs,
  );
});

/** Digests in the order in which images are finished. */
function orderOf(images: readonly EngineImage[]): readonly string[] {
  const ordered = order(images.map(({ need }) => need)).map((place) => images[place]);
  return [...new Set(ordered.flatMap((image) => (image?.need?.blobs ?? []).map(({ digest }) => digest)))];
}

test('fetches what nobody has asked for in the order of the images', () => {
  fc.assert(
    fc.property(twoHosts, settings, registries, (images, settings, registries) => {
      const { fetches } = simulate({ images, settings: { ...settings, roomBytes: 1e12 }, registries });
      const expected = orderOf(images);
      for (const host of hosts) {
        const own = fetches.filter((each) => each.host === host && !each.wasAsked);
        const places = own.map(({ digest }) => expected.indexOf(digest));
        expect(places).toEqual(places.toSorted((one, other) => one - other));
      }
    }),
    runs,
  );
});

test('keeps the link busy', () => {
  fc.assert(
    fc.property(twoHosts, settings, (given, settings) => {
      const images = given.filter(({ need }) => need?.sources[0] === hosts[0]);
      const rate = 5 * megabyte;
      const bytes = new Map(
        images.flatMap(({ need }) => (need?.blobs ?? []).map(({ digest, size }) => [digest, size ?? 0])),
      );
      const sum = [...bytes.values()].reduce((all, each) => all + each, 0);
      const outcome = simulate({
        images,
        settings: { ...settings, roomBytes: 1e12 },
        registries: { 'a.io': { rate, latencyMs: 40 } },
        unpackRate: 1e12,
      });
      // A start of podman, a request and a tick for each small blob that podman waits for.
      const mostMs = (sum / rate) * 1000 * 1.02 + 500 + 100 * images.length;
      expect(outcome.endMs).toBeLessThanOrEqual(mostMs);
    }),
    runs,
  );
});

/** Images that wait although all of them is here and none of their blobs is in the hands of a podman. */
function readyIn(state: EngineState): readonly string[] {
  const held = new Set(
    [...state.lanes.values()].flatMap(({ images, at }) =>
      images.slice(at).flatMap((each) => state.images[each]?.blobs ?? []),
    ),
  );
  return state.images.flatMap(({ key, need, phase, blobs }) => {
    const all = blobs.map((place) => ({ place, blob: blobOf(state, place) }));
    const isReady = all.every(({ place, blob }) => {
      return blob.phase === 'committed' || (blob.phase === 'here' && !held.has(place));
    });
    return phase === 'waiting' && need?.way === 'relay' && need.blobs !== null && isReady ? [key] : [];
  });
}

/** Images that are here, behind one in the list of a podman. */
function heldBackIn(state: EngineState): readonly string[] {
  return [...state.lanes.values()].flatMap(({ images, at, ending }) => {
    const current = state.images[images[at] ?? -1];
    const lacks = current?.blobs.some((place) => !['here', 'committed'].includes(blobOf(state, place).phase));
    if (ending !== null || !lacks) return [];
    return images.slice(at + 1).flatMap((image) => {
      const { key, blobs } = state.images[image] ?? { key: '', blobs: [] };
      return blobs.every((place) => ['here', 'committed'].includes(blobOf(state, place).phase)) ? [key] : [];
    });
  });
}

/** Fails where something holds at each event for longer than so long. */
function neverFor(mostMs: number, find: (state: EngineState) => readonly string[]) {
  const since = new Map<string, number>();
  return (state: EngineState, nowMs: number) => {
    const found = new Set(find(state));
    for (const key of since.keys()) if (!found.has(key)) since.delete(key);
    for (const key of found) if (!since.has(key)) since.set(key, nowMs);
    for (const [key, atMs] of since) if (nowMs - atMs > mostMs) throw new Error(`${key} since ${atMs} ms`);
  };
}

test('leaves nothing that is here without a podman while one is free', () => {
  fc.assert(
    fc.property(hostile, (hostile) => {
      const check = neverFor(100, (state) => (state.lanes.size < state.settings.lanes ? readyIn(state) : []));
      simulate({ ...worldOf(hostile), seen: (state, _event, _actions, nowMs) => check(state, nowMs) });
    }),
    runs,
  );
});

test('leaves nothing that is here for long without a podman, or behind one that waits', () => {
  fc.assert(
    fc.property(twoHosts, settings, (images, given) => {
      const settings = { ...given, roomBytes: 1e12, stallTimeoutMs: 60_000, retries: 0 };
      const registries = {
        'a.io': { rate: 20 * megabyte, latencyMs: 40 },
        'b.io': { rate: 1, latencyMs: Number.POSITIVE_INFINITY },
      };
      // Unpacking is over in no time: who waits, waits for bytes.
      const [ready, heldBack] = [neverFor(3000, readyIn), neverFor(4200, heldBackIn)];
      const seen: World['seen'] = (state, _event, _actions, nowMs) => {
        ready(state, nowMs);
        if (images.some(({ need }) => need?.sources[0] === 'b.io')) heldBack(state, nowMs);
      };
      simulate({ images, settings, registries, unpackRate: 1e12, seen });
    }),
    runs,
  );
});

test('a stop at any event of a run ends it', () => {
  const images: EngineImage[] = [
    ...['a', 'b', 'c'].map((key) => ({
      key,
      need: {
        way: 'relay' as const,
        group: 'one',
        isAlone: key === 'c',
        sources: [key === 'b' ? 'b.io' : 'a.io'],
        blobs: ['shared', key].map((name) => ({ digest: name, size: 3 * megabyte, isPartial: false })),
      },
    })),
    { key: 'late', need: null },
    { key: 'direct', need: { way: 'direct', group: 'd', isAlone: false, blobs: null, sources: [] } },
  ];
  const lookUps = {
    late: [failure('timeout', 'transient'), images[1]?.need as ImageNeed],
    a: [images[0]?.need as ImageNeed],
  };
  const fail: Registry['fail'] = (digest, count) => {
    if (count > 1) return undefined;
    if (digest === 'a') return { failure: failure('manifest-unknown', 'permanent'), isGone: true };
    return { failure: failure('connection', 'transient'), afterBytes: 100_000 };
  };
  const registry = { rate: 20 * megabyte, latencyMs: 40, fail };
  const world: World = {
    images,
    lookUps,
    settings: { lanes: 2, mostLanes: 3, retries: 2, stallTimeoutMs: 5000, roomBytes: 1e12 },
    registries: { 'a.io': registry, 'b.io': registry },
    podman: { b: [failure('corrupt', 'transient')], direct: [null] },
  };
  const whole = simulate(world);
  expectSound(whole, world);
  expect([...whole.finished.values()].map(({ failure: error }) => error)).toEqual(images.map(() => null));
  for (let at = 0; at < whole.events; at += 1)
    for (const kind of ['stopped', 'halted'] as const) {
      const stop = { at, event: { kind, failure: failure('no-space', 'local') } };
      expectSound(simulate({ ...world, stop }), world);
    }
});

test('a run takes linear time over many images', () => {
  const settings = { lanes: 2, mostLanes: 6, retries: 2, stallTimeoutMs: 60_000, roomBytes: 1e12 };
  const replay = (count: number) => {
    const images = Array.from({ length: count }, (_, index): EngineImage => {
      const blobs = Array.from({ length: 10 }, (_, layer): BlobNeed => {
        const digest = layer < 5 ? `${layer} of ${index % 10}` : `${layer} of image ${index}`;
        return { digest, size: 300_000, isPartial: false };
      });
      return {
        key: `i${index}`,
        need: { way: 'relay', group: 'one', isAlone: false, sources: ['a.io'], blobs },
      };
    });
    const events: (readonly [EngineEvent, number])[] = [];
    simulate({
      images,
      settings,
      registries: { 'a.io': { rate: 100 * megabyte, latencyMs: 40 } },
      seen: (_state, event, _actions, nowMs) => events.push([event, nowMs]),
    });
    return () => {
      let state = start(images, settings);
      for (const [event, nowMs] of events) state = step(state, event, { nowMs, random: 0.5 }).state;
      expect(isOver(state)).toBe(true);
    };
  };
  expectLinear(25, replay);
});
