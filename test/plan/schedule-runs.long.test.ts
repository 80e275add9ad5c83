import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Job,
  type Moment,
  order,
  smallLayerBytes,
  startable,
  startsAfter,
  waitsFor,
} from '../../src/plan/schedule.js';
import { type SimulatedImage, simulate } from './simulated-pulls.js';

/** The rule itself, pair by pair: what may never run at the same time. */
function collide(one: Job<string>, another: Job<string>, committed: ReadonlySet<string>): boolean {
  const fetched = ({ layers }: Job<string>) =>
    [...(layers ?? [])].filter(([digest, bytes]) => bytes >= smallLayerBytes && !committed.has(digest));
  if (one.layers === null) return another.layers === null || fetched(another).length > 0;
  if (another.layers === null) return fetched(one).length > 0;
  return fetched(one).some(([digest]) => another.layers?.has(digest));
}

/** Sizes belong to layers, so every image that has a layer agrees about it. */
const sizes = [1, smallLayerBytes - 1, smallLayerBytes, 2_000_000, 80_000_000];
const pool = Array.from({ length: 10 }, (_, index) => [`l${index}`, sizes[index % 5] ?? 0] as const);
const ownLayers = fc.array(fc.constantFrom(...sizes), { maxLength: 3 });
/** Any layers in any order: shared bases, diamonds, images that are the same. */
const anyShape = fc.shuffledSubarray(pool);
/** The first layers of one chain, and some that no other image has. */
const chainShape = fc
  .tuple(fc.nat(pool.length), ownLayers, fc.uuid())
  .map(([length, own, id]) => [
    ...pool.slice(0, length),
    ...own.map((size, index) => [`${id}.${index}`, size] as const),
  ]);
const known = fc.integer({ min: 0, max: 7 }).map((number) => number > 0);
const image = fc.record({ layers: fc.oneof(anyShape, chainShape), known });
const images = fc
  .oneof(
    fc.array(image, { minLength: 1, maxLength: 12 }),
    fc
      .tuple(image, fc.integer({ min: 2, max: 6 }))
      .map(([one, times]) => Array.from({ length: times }, () => one)),
  )
  .map((all) =>
    all.map(
      ({ layers, known }, index): SimulatedImage => ({ key: `i${index}`, layers: new Map(layers), known }),
    ),
  );
const pulls = fc.record({ all: images, slots: fc.integer({ min: 1, max: 6 }), gen: fc.gen() });

interface Pulls {
  readonly all: readonly SimulatedImage[];
  readonly slots: number;
  /** Chooses what happens next. */
  readonly gen: fc.GeneratorValue;
}

const toJobs = (all: readonly SimulatedImage[]) =>
  order(all.map(({ key, layers, known }) => ({ key, layers: known ? layers : null })));

/** Pulls `all` with three attempts each; `check` sees every decision. */
function run(
  { all, slots, gen }: Pulls,
  failures: boolean,
  check: (moment: Moment<string>, started: readonly Job<string>[]) => void = () => {},
) {
  const pick = (max: number) => gen(fc.nat, { max });
  return simulate(toJobs(all), all, { pick, attempts: 3, failures, slots, decided: check });
}

test('fetches each big layer once when nothing fails', () => {
  fc.assert(
    fc.property(pulls, (given) => {
      const { fetches, pulled } = run(given, false);
      expect([...pulled].sort()).toEqual(given.all.map(({ key }) => key).sort());
      const layers = given.all.flatMap(({ layers }) => [...layers]);
      const big = layers.filter(([, bytes]) => bytes >= smallLayerBytes);
      expect(fetches).toEqual(new Map(big.map(([digest]) => [digest, 1])));
    }),
  );
});

test('fetches a big layer again only when its pull failed before it was committed, and comes to an end', () => {
  fc.assert(
    fc.property(pulls, (given) => {
      const { fetches, lost, pulled, givenUp } = run(given, true);
      expect([...pulled, ...givenUp].sort()).toEqual(given.all.map(({ key }) => key).sort());
      for (const [digest, times] of fetches) expect(times).toBeLessThanOrEqual(1 + (lost.get(digest) ?? 0));
    }),
  );
});

test('never runs two that collide, nor more than there are slots', () => {
  fc.assert(
    fc.property(pulls, (given) => {
      run(given, true, ({ running, committed }, started) => {
        const now = [...running, ...started];
        expect(now.length).toBeLessThanOrEqual(given.slots);
        const pairs = now.flatMap((one, index) => now.slice(0, index).map((other) => [one, other] as const));
        expect(pairs.filter(([one, other]) => collide(one, other, committed))).toEqual([]);
      });
    }),
  );
});

test('leaves no slot empty that a waiting image could take, and gives slots to the most urgent', () => {
  fc.assert(
    fc.property(pulls, (given) => {
      run(given, true, ({ waiting, running, committed }, started) => {
        const now = [...running, ...started];
        const isFree = (one: Job<string>) => !now.some((other) => collide(one, other, committed));
        const passedOver = waiting.filter((one) => !started.includes(one) && isFree(one));
        if (now.length < given.slots) expect(passedOver).toEqual([]);
        const lastStarted = waiting.findLastIndex((one) => started.includes(one));
        expect(passedOver.filter((one) => waiting.indexOf(one) < lastStarted)).toEqual([]);
      });
    }),
  );
});

test('says of each waiting image which running one keeps it from starting', () => {
  fc.assert(
    fc.property(pulls, (given) => {
      run(given, true, ({ waiting, running, committed }, started) => {
        const now = [...running, ...started];
        for (const one of waiting.filter((one) => !started.includes(one))) {
          const colliding = now.filter((other) => collide(one, other, committed)).map(({ key }) => key);
          const named = waitsFor(one, { running: now, committed });
          expect(colliding.length === 0 ? [undefined] : colliding).toContain(named);
        }
      });
    }),
  );
});

test('forecasts a start at once, or images to wait for that it collides with, and no circle', () => {
  fc.assert(
    fc.property(images, (all) => {
      const ordered = toJobs(all);
      const none = new Set<string>();
      const atOnce = startable({ waiting: ordered, running: [], committed: none, slots: ordered.length });
      const forecast = startsAfter(ordered);
      const before = (job: Job<string>) => ordered.filter(({ key }) => forecast.get(job.key)?.includes(key));
      expect(ordered.filter((job) => before(job).length === 0)).toEqual(
        ordered.filter((job) => atOnce.includes(job)),
      );
      for (const job of ordered) expect(before(job).filter((one) => !collide(one, job, none))).toEqual([]);

      const done = new Set<Job<string>>();
      // Each round of a forecast without a circle finishes at least one more.
      for (const _ of ordered)
        for (const job of ordered) if (before(job).every((one) => done.has(one))) done.add(job);
      expect(done.size).toBe(ordered.length);
    }),
  );
});
