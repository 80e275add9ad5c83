import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BlobNeed, EngineImage, ImageNeed } from '../../../src/pull/engine/model.js';
import { type Outcome, type Registry, simulate, type World } from './simulated-world.js';

const megabyte = 1_000_000;

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
  retries: fc.constantFrom(0, 1, 2),
  stallTimeoutMs: fc.constantFrom(5000, 60_000),
  roomBytes: fc.constantFrom(0, 1000, 10 * megabyte, 1e12, 1e12),
});

const registry = fc.record({
  rate: fc.constantFrom(0.3 * megabyte, 5 * megabyte, 100 * megabyte),
  latencyMs: fc.constantFrom(1, 40, 300),
});
const registries = fc
  .tuple(registry, registry, registry)
  .map((all) => Object.fromEntries(hosts.map((host, index) => [host, all[index] as Registry])));

const runs = { numRuns: Number(process.env.RUNS ?? 150) };

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
