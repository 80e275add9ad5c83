import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QuadletTrees, quadletTrees } from './support/quadlet-chroot.js';
import { compareTree, differences, withEntries } from './support/quadlet-comparison.js';
import { quadletVersions } from './support/quadlet-generator.js';
import { unitTree } from './support/quadlet-random.js';
import { isLong } from './support/sample.js';

let generators: readonly QuadletTrees[];
beforeAll(async () => {
  generators = await Promise.all(quadletVersions.map(quadletTrees));
});
afterAll(() => Promise.all(generators.map((trees) => trees.remove())));

const seeds = isLong ? [1, 2, 3, 4, 5, 6, 31770] : [1, 2];
const cases = seeds.flatMap((seed) => quadletVersions.map((version) => ({ seed, version })));

test.each(cases)('reads what quadlet of podman $version makes of random trees, seed $seed', async (each) => {
  const { seed, version } = each;
  const trees = generators.find((generator) => generator.version === version);
  if (trees === undefined) throw new Error('there is no such generator');
  const specs = fc.sample(unitTree, { seed, numRuns: 350 });
  const paths = specs.map((spec) => trees.add(withEntries(spec)));
  const runs = await trees.generate(paths);
  const compared = paths.flatMap((path, index) => {
    const stdout = runs[index]?.stdout ?? Buffer.alloc(0);
    return compareTree(path, stdout, version).map((comparison) => ({ index, comparison }));
  });
  const different = compared.filter(({ comparison }) => differences([comparison]).length > 0);
  expect(
    different.slice(0, 2).map(({ index, comparison }) => ({
      ...comparison,
      tree: specs[index],
      log: runs[index]?.stderr.replace(/^.*Loading source.*\n/gm, ''),
    })),
    `${different.length} differences in ${compared.length} units`,
  ).toEqual([]);
  const accepted = compared.filter(({ comparison }) => comparison.theirs !== 'refused');
  expect(accepted.length / compared.length).toBeGreaterThan(0.3);
  expect(accepted.length / compared.length).toBeLessThan(0.8);
});
