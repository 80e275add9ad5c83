import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { always, leftOut } from '../../integration/support/sampled-files.js';

const seeds = Array.from({ length: 40 }, (_, seed) => leftOut('integration', String(seed)));

describe('the integration files of a run', () => {
  test('are the same with the same seed', () => {
    expect(leftOut('integration', '7')).toEqual(leftOut('integration', '7'));
  });

  test('have each file in some runs', () => {
    const [first = [], ...others] = seeds;
    const never = first.filter((path) => others.every((paths) => paths.includes(path)));
    expect(never).toEqual([]);
  });

  test('have these in every run', () => {
    for (const path of always) {
      expect(existsSync(path), path).toBe(true);
      for (const paths of seeds) expect(paths).not.toContain(path);
    }
  });

  test('are of other files about a third', () => {
    const counts = seeds.map((paths) => paths.length);
    const mean = counts.reduce((sum, count) => sum + count) / counts.length;
    const all = new Set(seeds.flat()).size;
    expect(mean / all).toBeGreaterThan(0.6);
    expect(mean / all).toBeLessThan(0.73);
  });
});
