import { afterEach, expect, test } from 'vitest';
import { seed } from '../test/support/seed.js';
import { stageKillRounds } from './support/stage-kill-rounds.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterEach(cleanup.run);

// `npm run test:kill-stage -- --moments 2 --seed SEED` repeats what has failed; without arguments it tries many more
// moments.
const moments = 2;

test(`kill -9 of stage at any moment boots no deployment that lacks an image, and the next run completes: seed ${seed}`, async () => {
  let kills = 0;
  for await (const { problems, killedAfterMs } of stageKillRounds({ moments, seed }, cleanup)) {
    expect(problems).toEqual([]);
    if (killedAfterMs !== undefined) kills += 1;
  }
  expect(kills).toBe(moments);
});
