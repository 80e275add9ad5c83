import { expect, test } from 'vitest';
import { type Samples, transferRate, withSample } from '../../../src/cli/report/transfer-rate.js';

/** Samples of `bytes(ms)`, taken every `everyMs` up to `untilMs`. */
function sampled(everyMs: number, untilMs: number, bytes: (ms: number) => number): Samples {
  let samples: Samples = [];
  for (let ms = 0; ms <= untilMs; ms += everyMs) samples = withSample(samples, bytes(ms), ms);
  return samples;
}

test.each([
  { name: 'has no rate without a sample', samples: [], now: 5000, rate: null },
  {
    name: 'has no rate within the first second',
    samples: sampled(100, 900, (ms) => ms),
    now: 900,
    rate: null,
  },
  { name: 'measures what is even', samples: sampled(100, 8000, (ms) => ms * 10), now: 8000, rate: 10_000 },
  {
    name: 'forgets what was more than five seconds ago',
    samples: sampled(100, 20_000, (ms) => Math.max(0, ms - 10_000)),
    now: 20_000,
    rate: 1000,
  },
  {
    name: 'begins anew where bytes were wrong',
    samples: sampled(100, 5000, (ms) => (ms < 3000 ? ms : ms - 3000)),
    now: 5000,
    rate: 1000,
  },
  {
    name: 'falls while nothing arrives',
    samples: sampled(100, 5000, (ms) => ms),
    now: 7500,
    rate: 500,
  },
  {
    name: 'is 0 when nothing has come for long',
    samples: sampled(100, 5000, (ms) => ms),
    now: 60_000,
    rate: 0,
  },
])('$name', ({ samples, now, rate }) => {
  const measured = transferRate(samples, now);
  if (rate === null || measured === null) expect(measured).toBe(rate);
  else expect(Math.abs(measured - rate)).toBeLessThanOrEqual(rate * 0.06);
});

test('keeps few samples however many come', () => {
  expect(sampled(10, 60_000, (ms) => ms).length).toBeLessThan(30);
});
