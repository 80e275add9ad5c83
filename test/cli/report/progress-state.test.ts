import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, noProgress, type ProgressState } from '../../../src/cli/report/progress-state.js';
import type { PullEvent } from '../../../src/model/events.js';

const plan = {
  kind: 'plan',
  images: 3,
  toPull: 2,
  downloadBytes: 300,
  sharedBytesSaved: 0,
} as const;
const error = { code: 'connection', kind: 'transient', message: 'connection reset', hint: null } as const;

function after(events: readonly PullEvent[]): ProgressState {
  return events.reduce((state, event, index) => advance(state, event, index * 1000), noProgress);
}

function start(reference: string, bytes: number | null, attempt = 1): PullEvent {
  return { kind: 'start', reference, attempt, bytes };
}

function progress(reference: string, received: number, expected: number | null = null): PullEvent {
  return { kind: 'progress', reference, received, expected };
}

function retry(reference: string, attempt: number): PullEvent {
  return { kind: 'retry', reference, attempt, waitSeconds: 2, error };
}

function end(reference: string, received: number, state: 'pulled' | 'failed' = 'pulled'): PullEvent {
  return { kind: 'end', reference, state, received, seconds: 1, attempts: 1, error: null };
}

test.each<{ name: string; events: readonly PullEvent[]; received: number; expected: number | null }>([
  { name: 'expects what the plan says', events: [plan], received: 0, expected: 300 },
  {
    name: 'expects nothing in particular when the plan does not know',
    events: [{ ...plan, downloadBytes: null }, start('a', 100), progress('a', 40), end('a', 100)],
    received: 100,
    expected: null,
  },
  {
    name: 'adds up what the images received',
    events: [plan, start('a', 100), start('b', 200), progress('a', 40), progress('b', 50), progress('a', 60)],
    received: 110,
    expected: 300,
  },
  {
    name: 'counts what the end reports and no progress did',
    events: [plan, start('a', 100), progress('a', 40), end('a', 100)],
    received: 100,
    expected: 300,
  },
  {
    name: 'expects again what a failed attempt lost',
    events: [plan, start('a', 100), progress('a', 60), retry('a', 1), start('a', 90, 2), progress('a', 10)],
    received: 70,
    expected: 350,
  },
  {
    name: 'keeps the expectation when an attempt does not know its size',
    events: [plan, start('a', 100), progress('a', 60), retry('a', 1), start('a', null, 2)],
    received: 60,
    expected: 300,
  },
  {
    name: 'no longer expects what a failed image did not bring',
    events: [plan, start('a', 100), progress('a', 40), end('a', 40, 'failed')],
    received: 40,
    expected: 240,
  },
  {
    name: 'no longer expects what an image turned out not to need',
    events: [plan, start('a', 100), progress('a', 70), end('a', 70)],
    received: 70,
    expected: 270,
  },
  {
    name: 'follows a size that changes on the way',
    events: [plan, start('a', 100), progress('a', 10, 120)],
    received: 10,
    expected: 320,
  },
])('$name', ({ events, received, expected }) => {
  expect(after(events)).toMatchObject({ received, expected });
});

test('ends with all that was received expected, whatever came in between', () => {
  const pull = fc.record({
    sizes: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
    parts: fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(pull, { minLength: 1, maxLength: 5 }), (pulls) => {
      const events = pulls.flatMap(({ sizes, parts }, image) => {
        const reference = `r.io/${image}`;
        const received = sizes.map((size, index) => Math.floor((size * (parts[index] ?? 0)) / 100));
        const attempts = sizes.flatMap((size, index) => [
          ...(index === 0 ? [] : [retry(reference, index)]),
          start(reference, size, index + 1),
          progress(reference, received[index] ?? 0, size),
        ]);
        return [
          ...attempts,
          end(
            reference,
            received.reduce((sum, bytes) => sum + bytes, 0),
          ),
        ];
      });
      const downloadBytes = pulls.reduce((sum, { sizes }) => sum + (sizes[0] ?? 0), 0);
      const state = after([{ ...plan, toPull: pulls.length, downloadBytes }, ...events]);
      expect(state.expected).toBe(state.received);
      expect(state.current).toEqual([]);
    }),
  );
});

test('lists images in the order in which they start, and those that wait as they come', () => {
  const state = after([
    plan,
    { kind: 'waiting', reference: 'b', for: 'a' },
    { kind: 'waiting', reference: 'c', for: null },
    start('a', 1),
    start('c', 1),
  ]);
  expect(state.current.map(({ reference, phase }) => [reference, phase])).toEqual([
    ['b', { kind: 'waiting', for: 'a' }],
    ['a', { kind: 'pulling' }],
    ['c', { kind: 'pulling' }],
  ]);
});

test('names the next attempt and its moment while an image waits for it', () => {
  const [image] = after([plan, start('a', 100), progress('a', 60), retry('a', 1)]).current;
  expect(image).toMatchObject({ attempt: 2, phase: { kind: 'retrying', atMs: 3000 + 2000 } });
});

test('counts what ended by how it ended, with or without a start', () => {
  const state = after([plan, start('a', 1), end('a', 1), end('b', 0, 'failed')]);
  expect(state).toMatchObject({ pulled: 1, failed: 1, current: [] });
});
