import { expect, test } from 'vitest';
import { stallDetector } from '../../src/pull/stall.js';
import { startWriter } from '../support/writer.js';

const seconds = (count: number) => count * 1000;
const still = { received: 100, committed: 1 };
const noGroup = () => undefined;

/** Tells a detector each tenth of a second of `from`…`to` that nothing has changed. */
function standStill(
  isStalled: ReturnType<typeof stallDetector>,
  from: number,
  to: number,
): number | undefined {
  for (let tenth = from * 10; tenth <= to * 10; tenth += 1) {
    if (isStalled(still, tenth * 100)) return tenth / 10;
  }
  return undefined;
}

test.each([
  { limit: 0.5, after: 0.5 },
  { limit: 1, after: 1 },
  { limit: 10, after: 10 },
])('a pull without a process stalls $after s after it began to stand still', ({ limit, after }) => {
  expect(standStill(stallDetector(seconds(limit), noGroup), 5, 30)).toBe(5 + after);
});

test.each([
  { name: 'bytes that come', step: (n: number) => ({ received: n, committed: 0 }) },
  { name: 'layers that are committed', step: (n: number) => ({ received: 0, committed: n }) },
  {
    // A pull that starts anew has fewer bytes than before.
    name: 'bytes that become fewer',
    step: (n: number) => ({ received: 1000 - n, committed: 0 }),
  },
])('$name keep a pull from stalling', ({ step }) => {
  const isStalled = stallDetector(seconds(3), noGroup);
  const told = Array.from({ length: 60 }, (_, n) => isStalled(step(Math.floor(n / 2)), seconds(n)));
  expect(told).not.toContain(true);
});

test('the time begins anew with each byte', () => {
  const isStalled = stallDetector(seconds(5), noGroup);
  isStalled({ received: 0, committed: 0 }, 0);
  standStill(isStalled, 4, 4);
  expect(standStill(isStalled, 4, 30)).toBe(9);
});

test('counts the first look as news, however late it comes', () => {
  expect(stallDetector(seconds(5), noGroup)(still, seconds(1000))).toBe(false);
});

test('a clock that jumps, as after a sleep of the host, stalls what stood still', () => {
  const isStalled = stallDetector(seconds(5), noGroup);
  isStalled(still, 0);
  expect(isStalled(still, seconds(3600))).toBe(true);
});

test('a process that writes keeps a pull from stalling without any new byte of a blob', async () => {
  const writer = await startWriter();
  const isStalled = stallDetector(seconds(5), () => writer.group);
  isStalled(still, 0);
  for (let second = 1; second <= 20; second += 1) {
    await writer.write(1_000_000);
    expect(isStalled(still, seconds(second))).toBe(false);
  }
  expect(standStill(isStalled, 20.1, 60)).toBe(25);
});

test('a process that writes nothing stalls, at most a second late', async () => {
  const writer = await startWriter();
  const stalled = standStill(
    stallDetector(seconds(5), () => writer.group),
    0,
    60,
  );
  expect(stalled).toBeGreaterThanOrEqual(5);
  expect(stalled).toBeLessThanOrEqual(6);
});

// A podman that waits for the network writes up to 56 bytes a second to wake threads of its own (seen with
// 4.3.1, 5.4.2 and 5.8.6).
test('a process that only wakes itself up stalls', async () => {
  const writer = await startWriter();
  const isStalled = stallDetector(seconds(5), () => writer.group);
  const told: boolean[] = [];
  for (let second = 0; second <= 20; second += 1) {
    await writer.write(55);
    told.push(isStalled(still, seconds(second)));
  }
  expect(told).toContain(true);
});

test('a process that has ended stalls', async () => {
  const writer = await startWriter();
  await writer.write(1_000_000);
  const isStalled = stallDetector(seconds(5), () => writer.group);
  standStill(isStalled, 0, 2);
  await writer.stop();
  expect(standStill(isStalled, 2.1, 60)).toBeLessThanOrEqual(9);
});

test('a process that starts while a pull stands still counts as news', async () => {
  const writer = await startWriter();
  await writer.write(1_000_000);
  let group: number | undefined;
  const isStalled = stallDetector(seconds(5), () => group);
  standStill(isStalled, 0, 4);
  group = writer.group;
  expect(standStill(isStalled, 4.1, 60)).toBe(10);
});
