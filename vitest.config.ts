import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Whole names in the report, however long.
    chaiConfig: { truncateThreshold: 0 },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['integration/**/*.test.ts'],
          globalSetup: ['integration/support/global-setup.ts'],
          // Real pulls on shared machines: generous, because a time limit here only ends a hang.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          // After the unit tests: vitest wants projects with different numbers of workers apart.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
