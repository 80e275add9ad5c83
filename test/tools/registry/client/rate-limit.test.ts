import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRateLimit } from '../../../../src/tools/registry/client/rate-limit.js';
import { virtualTime } from '../../../support/virtual-timer.js';

test('no second has more bytes than the limit, but for a tenth and what is read at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10_000, max: 10_000_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 50, maxLength: 200 }),
      async (rate, readers, pieces) => {
        const { timer, run } = virtualTime();
        const limit = newRateLimit(rate, timer);
        const read: { readonly atMs: number; readonly bytes: number }[] = [];
        const queue = [...pieces];
        const reader = async () => {
          for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) {
            read.push({ atMs: timer.monotonicMs(), bytes });
            const ms = limit.take(bytes);
            if (ms > 0) await timer.sleep(ms, new AbortController().signal);
          }
        };
        await run(Promise.all(Array.from({ length: readers }, reader)));
        const largest = Math.max(...pieces);
        for (const { atMs } of read) {
          const second = read.filter((each) => each.atMs >= atMs && each.atMs < atMs + 1000);
          const sum = second.reduce((total, { bytes }) => total + bytes, 0);
          expect(sum).toBeLessThanOrEqual(rate * 1.1 + (readers + 1) * largest);
        }
        // Nothing is given away either.
        const total = pieces.reduce((sum, bytes) => sum + bytes, 0);
        const { atMs } = read.at(-1) ?? { atMs: 0 };
        expect(atMs).toBeLessThanOrEqual((total / rate) * 1000 + pieces.length);
      },
    ),
    { numRuns: 50 },
  );
});

test('what was not read for long is not read at once later', async () => {
  const { timer, run } = virtualTime();
  const limit = newRateLimit(1000, timer);
  await run(timer.sleep(60_000, new AbortController().signal));
  expect(limit.take(100)).toBe(0);
  expect(limit.take(100)).toBe(100);
});
