import type { LayerSpec } from '../../support/layer.js';
import type { Scenario, ScenarioImage } from './scenario.js';

const mb = 1_000_000;
const kb = 1_000;

/** Bytes per second of a link, 200 Mbit/s, where a scenario has no other. */
export const usualBytesPerSecond = 25 * mb;

const gigabit = 125 * mb;

/**
 * 20 Gbit/s, which is more than a registry sends over the loopback of a machine with few processors: there the link
 * holds nothing back, and only counts.
 */
const fasterThanLoopback = 20 * gigabit;

/** Returns the scenarios; `short` ones have the same shape and a small part of the bytes. */
export function scenarios(short: boolean): readonly Scenario[] {
  const layer = (seed: string, sizeBytes: number): LayerSpec => {
    return { seed, sizeBytes: short ? sizeBytes / 20 : sizeBytes };
  };
  /** Images with one layer of their own on top of `below`. */
  const images = (count: number, prefix: string, ownBytes: number, below: readonly LayerSpec[] = []) =>
    numbers(count).map((n): ScenarioImage => {
      const name = `${prefix}-${n}`;
      return { name, layers: [...below, layer(name, ownBytes)] };
    });
  const base = (seed: string, sizeBytes: number) => [layer(seed, sizeBytes)];
  const links = numbers(6).map((n) => layer(`link-${n}`, 44 * mb));
  const present = images(50, 'app', 200 * kb, base('base', 5 * mb));
  const twenty = images(20, 'app', 2 * mb, base('base', 40 * mb));
  const changed = twenty.with(10, {
    name: 'app-10',
    layers: [...base('base', 40 * mb), layer('app-10-changed', 25 * mb)],
  });

  const onOneBase = images(8, 'app', 14 * mb, base('base', 147 * mb));
  const disjoint = images(8, 'app', 33 * mb);

  const all: readonly (Omit<Scenario, 'bytesPerSecond'> & { readonly bytesPerSecond?: number })[] = [
    { name: 'shared-base', title: '8 images on one base', images: onOneBase },
    {
      name: 'two-families',
      title: '8 images on two bases',
      images: [
        ...images(4, 'red', 15 * mb, base('red', 70 * mb)),
        ...images(4, 'blue', 15 * mb, base('blue', 70 * mb)),
      ],
    },
    {
      name: 'chain',
      title: 'Chain of 6: each on the one before',
      images: links.map((_, n) => ({ name: `app-${n + 1}`, layers: links.slice(0, n + 1) })),
    },
    { name: 'disjoint', title: '8 images, nothing shared', images: disjoint },
    {
      name: 'small-latency',
      title: '30 small images, 40 ms a request',
      // Small, yet so large that headers and manifests are less than a hundredth of what is sent.
      images: images(30, 'app', mb).map(({ name, layers }) => {
        return { name, layers: [...layers, layer(`${name}-more`, mb)] };
      }),
      latencyMs: 40,
    },
    { name: 'present', title: '50 images, all present', images: present, present },
    { name: 'one-changed', title: '20 images, one changed', images: changed, present: twenty },
    {
      name: 'unavailable',
      title: '10 images, 503 to 20 % of requests',
      images: images(10, 'app', 2 * mb, base('base', 10 * mb)),
      unavailable: 0.2,
    },
    {
      name: 'slow-registry',
      title: '8 images, one in a slow registry',
      images: disjoint.map((image, n) => ({ ...image, slow: n === 3 })),
      slowBytesPerSecond: 3 * mb,
    },
    {
      name: 'shared-base-1g',
      title: '8 images on one base, 1 Gbit/s',
      images: onOneBase,
      bytesPerSecond: gigabit,
    },
    {
      name: 'disjoint-1g',
      title: '8 images, nothing shared, 1 Gbit/s',
      images: disjoint,
      bytesPerSecond: gigabit,
    },
    {
      name: 'shared-base-20g',
      title: '8 images on one base, up to 20 Gbit/s',
      images: onOneBase,
      bytesPerSecond: fasterThanLoopback,
    },
    {
      name: 'disjoint-20g',
      title: '8 images, nothing shared, up to 20 Gbit/s',
      images: disjoint,
      bytesPerSecond: fasterThanLoopback,
    },
    {
      name: 'killed',
      title: 'One layer of 500 MB, killed ten times',
      images: images(1, 'app', 500 * mb),
      kills: 10,
      alone: true,
    },
    {
      name: 'memory',
      title: '200 images of 10 layers',
      images: numbers(short ? 20 : 200).map((n) => {
        const layers = numbers(10).map((m) => ({ seed: `app-${n}-${m}`, sizeBytes: kb }));
        return { name: `app-${n}`, layers };
      }),
      alone: true,
    },
  ];
  return all.map((scenario) => ({ bytesPerSecond: usualBytesPerSecond, ...scenario }));
}

/** 1 to `count`. */
function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
