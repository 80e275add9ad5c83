import { expect, test } from 'vitest';
import { type Progress, stallWatch } from '../../src/pull/stall.js';
import { startWriter } from '../support/writer.js';

const seconds = (count: number) => count * 1000;
const still: Progress = { received: 100, committed: 1, group: undefined };

/** Tells a watch each tenth of a second of `from`…`to` that nothing has changed; returns when the first stalls. */
function standStill(
  watch: ReturnType<typeof stallWatch<string>>,
  from: number,
  to: number,
  pulls: Readonly<Record<string, Progress>> = { a: still },
): number | undefined {
  for (let tenth = Math.round(from * 10); tenth <= to * 10; tenth += 1) {
    if (watch(new Map(Object.entries(pulls)), tenth * 100).length > 0) return tenth / 10;
  }
  return undefined;
}

test.each([0.5, 1, 2.5, 10])(
  'a pull without a process stalls %d s after its last news, or a little later',
  (limit) => {
    const stalled = standStill(stallWatch(seconds(limit)), 5, 30);
    expect(stalled).toBeGreaterThanOrEqual(5 + limit);
    expect(stalled).toBeLessThan(5 + limit + 1);
  },
);

test.each([
  { name: 'bytes that come', step: (n: number) => ({ received: n, committed: 0 }) },
  { name: 'layers that are committed', step: (n: number) => ({ received: 0, committed: n }) },
  {
    // A pull that starts anew has fewer bytes than before.
    name: 'bytes that become fewer',
    step: (n: number) => ({ received: 1000 - n, committed: 0 }),
  },
])('$name keep a pull from stalling', ({ step }) => {
  const watch = stallWatch<string>(seconds(3));
  const told = Array.from({ length: 60 }, (_, n) => {
    return watch(new Map([['a', { ...still, ...step(Math.floor(n / 2)) }]]), seconds(n));
  });
  expect(told.flat()).toEqual([]);
});

test('the time begins anew with each byte', () => {
  const watch = stallWatch<string>(seconds(5));
  standStill(watch, 0, 0, { a: { ...still, received: 0 } });
  expect(standStill(watch, 4, 30)).toBe(9);
});

test('tells which pull stands still, and goes on telling', () => {
  const watch = stallWatch<string>(seconds(3));
  const told = Array.from({ length: 6 }, (_, n) => {
    return watch(
      new Map([
        ['a', { ...still, received: n }],
        ['b', still],
      ]),
      seconds(n),
    );
  });
  expect(told).toEqual([[], [], [], ['b'], ['b'], ['b']]);
});

test('a pull that is new stands still from its first look on', () => {
  const watch = stallWatch<string>(seconds(5));
  standStill(watch, 0, 4);
  expect(standStill(watch, 5, 30, { b: still })).toBe(10);
});

test('a clock that jumps, as after a sleep of the host, stalls what stood still', () => {
  const watch = stallWatch<string>(seconds(5));
  standStill(watch, 0, 0);
  expect(watch(new Map([['a', still]]), seconds(3600))).toEqual(['a']);
});

test('a process that writes keeps its own pull and all others from stalling: it unpacks', async () => {
  const writer = await startWriter();
  const watch = stallWatch<string>(seconds(3));
  const pulls = { a: { ...still, group: writer.group }, b: still };
  for (let second = 0; second <= 12; second += 1) {
    await writer.write(1_000_000);
    expect(watch(new Map(Object.entries(pulls)), seconds(second))).toEqual([]);
  }
  expect(standStill(watch, 12.1, 60, pulls)).toBe(15);
});

// What podman writes then is what it fetches.
test('a process that writes as much as arrives keeps no other pull from stalling', async () => {
  const writer = await startWriter();
  const watch = stallWatch<string>(seconds(3));
  const told: (readonly string[])[] = [];
  for (let second = 0; second <= 4; second += 1) {
    await writer.write(1_000_000);
    const fetching = { ...still, received: second * 1_000_000, group: writer.group };
    told.push(
      watch(
        new Map([
          ['a', fetching],
          ['b', still],
        ]),
        seconds(second),
      ),
    );
  }
  expect(told).toEqual([[], [], [], ['b'], ['b']]);
});

test('a process that fetches and unpacks at the same time keeps others from stalling', async () => {
  const writer = await startWriter();
  const watch = stallWatch<string>(seconds(3));
  for (let second = 0; second <= 6; second += 1) {
    await writer.write(1_000_000);
    const both = { ...still, received: second * 200_000, group: writer.group };
    expect(
      watch(
        new Map([
          ['a', both],
          ['b', still],
        ]),
        seconds(second),
      ),
    ).toEqual([]);
  }
});

// A podman that waits for the network writes up to 56 bytes a second to wake threads of its own (seen with
// 4.3.1, 5.4.2 and 5.8.6).
test('a process that only wakes itself up stalls', async () => {
  const writer = await startWriter();
  const watch = stallWatch<string>(seconds(5));
  const told: (readonly string[])[] = [];
  for (let second = 0; second <= 10; second += 1) {
    await writer.write(55);
    told.push(watch(new Map([['a', { ...still, group: writer.group }]]), seconds(second)));
  }
  expect(told.findIndex((stalled) => stalled.length > 0)).toBe(5);
});

test('a process that has ended stalls', async () => {
  const writer = await startWriter();
  await writer.write(1_000_000);
  const watch = stallWatch<string>(seconds(5));
  const pulls = { a: { ...still, group: writer.group } };
  standStill(watch, 0, 2, pulls);
  await writer.stop();
  expect(standStill(watch, 2.1, 60, pulls)).toBeLessThanOrEqual(8);
});

test('a process that starts while a pull stands still counts as news', async () => {
  const writer = await startWriter();
  await writer.write(1_000_000);
  const watch = stallWatch<string>(seconds(5));
  standStill(watch, 0, 4);
  expect(standStill(watch, 5, 60, { a: { ...still, group: writer.group } })).toBe(10);
});
