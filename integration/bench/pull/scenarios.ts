import type { LayerSpec } from '../../support/layer.js';
import type { Scenario, ScenarioImage } from './scenario.js';

const mb = 1_000_000;
const kb = 1_000;

/** Bytes per second of the link: 200 Mbit/s. */
export const linkBytesPerSecond = 25 * mb;

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

  return [
    {
      name: 'shared-base',
      title: '8 images on one base',
      images: images(8, 'app', 14 * mb, base('base', 147 * mb)),
    },
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
    { name: 'disjoint', title: '8 images, nothing shared', images: images(8, 'app', 33 * mb) },
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
      images: images(8, 'app', 33 * mb).map((image, n) => ({ ...image, slow: n === 3 })),
      slowBytesPerSecond: 3 * mb,
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
}

/** 1 to `count`. */
function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
