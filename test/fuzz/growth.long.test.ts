import { expect, test } from 'vitest';
import { seed } from '../support/seed.js';
import { repetitionRoot, repetitions } from './growth.js';
import { randomOf } from './random.js';
import { runCase } from './run-case.js';

const sizeBytes = 24 * 1024;
/** What takes less is not worth a comparison. */
const noticedMs = 400;

const random = randomOf(seed, 0);
const chosen = Array.from({ length: 12 }, () => random.pick(repetitions));

/** What took long once: it is compared every time. */
const slowOnce: readonly (readonly [kind: string, before: string, token: string])[] = [
  ['unit', '', '---\n'],
  ['YAML', '', '---\n'],
  ['YAML', 'kind: Pod\nspec:\n  containers:\n  - image: "', '"]\n'],
  ['unit', '[Container]\nImage=', '%i'],
  ['unit', '[Container]\n', 'blocked = true\n'],
  ['registries.conf', 'unqualified-search-registries = ["', '!<a> '],
];
const always = slowOnce.map(([kind, before, token]) => {
  const found = repetitions.find((each) => {
    return each.kind === kind && each.before === before && each.token.toString() === token;
  });
  if (found === undefined) throw new Error(`nothing repeats ${token} in a ${kind}`);
  return found;
});

test.each(
  [...always, ...chosen].map(({ kind, before, token, after }) => ({
    kind,
    before,
    token: token.toString(),
    after,
  })),
)(
  `a file four times as long takes about four times as long (seed ${seed}): $kind, $before $token $after`,
  async ({ token, ...rest }) => {
    const check = async (length: number) => {
      const newRoot = repetitionRoot({ ...rest, token: Buffer.from(token) }, length);
      return await runCase({ newRoot, currentRoot: {}, settings: '', inputs: [], sizeBytes: length });
    };
    await check(1024);
    // A busy machine adds to one run or the other: what grows too fast does so every time.
    let growth = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 8 && growth >= 10; round += 1) {
      const short = await check(sizeBytes);
      const long = await check(4 * sizeBytes);
      expect(long.problems.filter((problem) => !/^\d+ ms/.test(problem))).toEqual([]);
      growth = long.ms > noticedMs ? Math.min(growth, long.ms / short.ms) : 0;
    }
    expect(growth).toBeLessThan(10);
  },
  60_000,
);
