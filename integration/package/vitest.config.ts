import { defineConfig } from 'vitest/config';

/** Tests of what `npm run package` has made: too long for each change. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['integration/package/**/*.test.ts'],
    chaiConfig: { truncateThreshold: 0 },
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
  },
});
