import { defineConfig } from 'vitest/config';

/** Tests of what `npm run package` has made: too long for each change. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['integration/package/**/*.test.ts'],
    chaiConfig: { truncateThreshold: 0 },
    // All forms take half an hour on two slow processors.
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    maxWorkers: 2,
  },
});
