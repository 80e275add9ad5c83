import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/model/backoff.js';

test.each([
  { name: 'begins at a second', attempt: 1, code: 'connection', longest: 1_000 },
  { name: 'doubles with each attempt', attempt: 3, code: 'connection', longest: 4_000 },
  { name: 'ends at half a minute', attempt: 50, code: 'connection', longest: 30_000 },
  {
    name: 'is longer for a registry that is asked too often',
    attempt: 1,
    code: 'too-many-requests',
    longest: 15_000,
  },
  { name: 'ends sooner for a registry that answers', attempt: 50, code: 'server-error', longest: 5_000 },
  { name: 'ends at two minutes there', attempt: 50, code: 'too-many-requests', longest: 120_000 },
] as const)('the wait $name', ({ attempt, code, longest }) => {
  expect(backoffMs(attempt, code, 1)).toBe(longest);
});

test('the wait is anywhere between nothing and the longest', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const wait = backoffMs(attempt + 1, 'timeout', random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});

test('the wait for a registry that is asked too often is at least half of the longest', () => {
  expect([backoffMs(1, 'too-many-requests', 0), backoffMs(50, 'too-many-requests', 0)]).toEqual([
    7_500, 60_000,
  ]);
});
