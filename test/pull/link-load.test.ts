import { expect, test } from 'vitest';
import { linkLoad } from '../../src/pull/link-load.js';

const mb = 1_000_000;

/** A load that was told these bytes at these seconds. */
function measured(...samples: readonly (readonly [seconds: number, received: number])[]) {
  const load = linkLoad();
  for (const [seconds, received] of samples) load.measure(received, seconds * 1000);
  return load;
}

/** The least that keeps it busy, to a tenth of a megabyte. */
function enough(load: ReturnType<typeof linkLoad>): number {
  for (let tenths = 0; ; tenths += 1) if (load.isBusyWith((tenths * mb) / 10)) return tenths / 10;
}

test.each([
  { name: 'before anything was seen', samples: [], megabytes: 15 },
  {
    name: 'within the first second',
    samples: [
      [0, 0],
      [0.9, 90 * mb],
    ] as const,
    megabytes: 15,
  },
  {
    name: 'on a slow link',
    samples: [
      [0, 0],
      [1, mb],
    ] as const,
    megabytes: 15,
  },
  {
    name: 'on a fast link',
    samples: [
      [0, 0],
      [1, 40 * mb],
    ] as const,
    megabytes: 60,
  },
  {
    name: 'after a pause',
    samples: [
      [0, 0],
      [1, 40 * mb],
      [5, 41 * mb],
    ] as const,
    megabytes: 60,
  },
  {
    name: 'by a second that began late',
    samples: [
      [3, 7 * mb],
      [4.5, 67 * mb],
    ] as const,
    megabytes: 60,
  },
])('$megabytes MB keep the link busy $name', ({ samples, megabytes }) => {
  expect(enough(measured(...samples))).toBe(megabytes);
});
