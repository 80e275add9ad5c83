import { afterEach, expect, test } from 'vitest';
import { seed } from '../test/support/seed.js';
import { cutAfterTheEnd, powerCuts } from './support/power-cuts.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterEach(cleanup.run);

// `npm run test:kill -- --cuts 2 --podman VERSION --seed SEED` repeats what has failed, and tries many more moments
// without arguments.
const cuts = 1;

test.each(oneOf('power-cut', ['4.3', '5.8', '6.1']))(
  `a power cut at any moment leaves no wrong byte in what the next run completes: podman %s, seed ${seed}`,
  async (podman) => {
    for await (const cut of powerCuts({ podman, cuts, seed }, cleanup)) expect(cut.problems).toEqual([]);
  },
);

test('what a run has said is there is there after a power cut, and is not fetched again', async () => {
  const { problems, removed, bytesTwice } = await cutAfterTheEnd('4.3', cleanup);
  expect(problems).toEqual([]);
  expect(removed).toEqual([]);
  expect(bytesTwice).toBeLessThan(1.001);
});
