/**
 * What chooses this run's random cases, and the rows of its samples: the same for the same source, so that no run fails
 * where another of the same commit did not, and another with each change of it, so that more and more are met.
 * `TEST_SEED` (0 to 4294967295) repeats what has failed elsewhere; `vitest.config.ts` sets it where nobody did.
 */
export const seed = Number(process.env.TEST_SEED ?? 0);
