import { expect, test } from 'vitest';
import { seed } from '../support/seed.js';
import { fuzzCase } from './fuzz-case.js';
import { runCase } from './run-case.js';

/** Roots with some inputs each. */
const count = 150;

test.each([1, seed])(
  'whatever is in a root, check says what it finds (seed %i)',
  async (seed) => {
    const failures: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { problems } = await runCase(fuzzCase(seed, index));
      failures.push(...problems.map((problem) => `seed ${seed}, case ${index}: ${problem}`));
    }
    expect(failures.slice(0, 10)).toEqual([]);
  },
  120_000,
);
