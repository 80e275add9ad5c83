import { execFileSync } from 'node:child_process';
import { defineConfig } from 'vitest/config';
import { leftOut } from './integration/support/sampled-files.js';

/** What takes seconds: thousands of random cases, races, processor time that is measured. */
const long = 'test/**/*.long.test.ts';

const seed = process.env.TEST_SEED ?? seedOfCheckout();

/** What `npm test` leaves to `npm run test:integration`. */
const unsampled = process.env.TEST_FILES === 'sample' ? leftOut('integration', seed) : [];

export default defineConfig({
  test: {
    // Whole names in the report, however long.
    chaiConfig: { truncateThreshold: 0 },
    setupFiles: ['test/support/clean-up.ts', 'test/support/seed-properties.ts'],
    env: { TEST_SEED: seed },
    // Of two processors, vitest would leave one idle.
    maxWorkers: '100%',
    // Generous, on shared machines: it only ends a hang.
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [long],
          // What the files import is loaded once for each worker, and not for each file: a file leaves nothing behind.
          isolate: false,
          unstubEnvs: true,
          unstubGlobals: true,
          restoreMocks: true,
        },
      },
      {
        extends: true,
        test: { name: 'long', include: [long], testTimeout: 120_000, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['integration/**/*.test.ts'],
          // By itself: npm run test:package.
          exclude: ['integration/package/**', ...unsampled],
          globalSetup: ['integration/support/global-setup.ts'],
          // Real pulls.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          // After the others: vitest wants projects with different numbers of workers apart.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

/** A number that comes with the program's source in this commit; without git, always the same. */
function seedOfCheckout(): string {
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD:src'], { stdio: ['ignore', 'pipe', 'ignore'] });
    return String(Number.parseInt(tree.toString().slice(0, 8), 16));
  } catch {
    return '1';
  }
}
