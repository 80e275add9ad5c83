import { expect, test } from 'vitest';
import { type WakeUp, wakeUp } from '../../src/pull/wake-up.js';

/** Whether `next` has resolved by the time that everything due has run. */
async function isAwake(next: Promise<void>): Promise<boolean> {
  let awake = false;
  void next.then(() => {
    awake = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return awake;
}

test('sleeps until it is woken', async () => {
  const { wake, next } = wakeUp();
  const waiting = next();
  const before = await isAwake(waiting);
  wake();
  expect([before, await isAwake(waiting)]).toEqual([false, true]);
});

test.each([
  { name: 'before anyone waited', prepare: () => undefined },
  {
    name: 'between two waits',
    prepare: async ({ wake, next }: WakeUp) => {
      wake();
      await next();
    },
  },
])('does not sleep through what happened $name', async ({ prepare }) => {
  const call = wakeUp();
  await prepare(call);
  call.wake();
  expect(await isAwake(call.next())).toBe(true);
});

test('wakes once for all that happened since the last time', async () => {
  const { wake, next } = wakeUp();
  wake();
  wake();
  await next();
  expect(await isAwake(next())).toBe(false);
});

test('misses nothing that happens while a loop works', async () => {
  const { wake, next } = wakeUp();
  let left = 0;
  let seen = 0;
  const worker = (async () => {
    while (seen < 200) {
      await next();
      seen += left;
      left = 0;
    }
  })();
  for (let done = 0; done < 200; done += 1) {
    left += 1;
    wake();
    if (done % 3 === 0) await Promise.resolve();
    if (done % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await worker;
  expect([seen, left]).toEqual([200, 0]);
});
