import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemTimer } from '../../../src/pull/system-timer.js';
import { bodyOf, bytesOf, found, openRig } from './relay-rig.js';

test('what is limited is read piece by piece, when its time has come', async () => {
  const bytes = bytesOf(1_000_000);
  const taken: number[] = [];
  const waits: (() => void)[] = [];
  const rig = await openRig({
    rateLimit: { take: (count) => taken.push(count) * 10 },
    timer: {
      ...systemTimer,
      sleep: (ms) => new Promise((resolve) => waits.push(ms > 0 ? resolve : () => {})),
    },
  });
  const digest = rig.add(bytes);
  const body = bodyOf(bytes, 250_000);
  rig.answers.push(() => found(bytes, 0, body));
  const fetching = rig.fetch(digest);
  for (const count of [1, 2, 3, 4]) {
    while (waits.length === 0) await sleep(1);
    await sleep(5);
    expect(taken).toEqual(Array(count).fill(250_000));
    expect([waits.length, body.isPaused()]).toEqual([1, true]);
    waits.pop()?.();
  }
  expect(await fetching).toEqual({ kind: 'complete' });
});
