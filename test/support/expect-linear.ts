import { expect } from 'vitest';

/** How many times as large the larger of two inputs is: a linear time grows as much, a quadratic one 64-fold. */
const times = 8;
const tooMuch = 30;
/** The least that the clock tells well. */
const enoughMs = 1;
/** A busy machine adds to what many runs take, and seldom to all of them: runs are short, and the least counts. */
const rounds = { least: 6, most: 30 };

/**
 * Fails where the time of a work grows faster than its input. No time is compared with one of another machine.
 *
 * @param prepare makes the work for an input of a size, which is not counted
 */
export function expectLinear(size: number, prepare: (size: number) => () => void): void {
  const [small, large] = [prepare(size), prepare(times * size)];
  let repeats = 1;
  while (milliseconds(small, repeats) < enoughMs) repeats *= 2;
  let [smallMs, largeMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds.most; round += 1) {
    if (round >= rounds.least && largeMs / smallMs < tooMuch) break;
    smallMs = Math.min(smallMs, milliseconds(small, repeats));
    largeMs = Math.min(largeMs, milliseconds(large, repeats));
  }
  expect(largeMs / smallMs).toBeLessThan(tooMuch);
}

function milliseconds(work: () => void, repeats: number): number {
  const before = performance.now();
  for (let run = 0; run < repeats; run += 1) work();
  return performance.now() - before;
}
