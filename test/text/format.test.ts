import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBytes, formatDuration, formatRate, formatTimeLeft } from '../../src/text/format.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345_678, '12.3 MB'],
  [99_949_999, '99.9 MB'],
  [99_950_000, '100 MB'],
  [123_456_789, '123 MB'],
  [999_499_999, '999 MB'],
  [999_500_000, '1.0 GB'],
  [2 ** 50, '1.1 PB'],
  [5e18, '5000 PB'],
])('shows %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('keeps sizes within seven characters and three digits of the truth', () => {
  const factors = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_000_000_000_000 }), (bytes) => {
      const text = formatBytes(bytes);
      const [number = '', unit = ''] = text.split(' ');
      const shown = Number(number) * factors[unit as keyof typeof factors];
      expect(text.length).toBeLessThanOrEqual(7);
      expect(Math.abs(shown - bytes)).toBeLessThanOrEqual(bytes * 0.051);
    }),
  );
});

test('shows a rate as bytes in a second', () => {
  expect(formatRate(4_130_000.7)).toBe('4.1 MB/s');
});

test.each([
  [0, '0.0 s'],
  [4.12, '4.1 s'],
  [59.94, '59.9 s'],
  [59.96, '1:00'],
  [65.4, '1:05'],
  [3600, '1:00:00'],
  [3723, '1:02:03'],
])('shows that something took %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, '0:00'],
  [0.1, '0:01'],
  [40, '0:40'],
  [64.2, '1:05'],
  [3599.5, '1:00:00'],
])('shows that something will take %d seconds as %s', (seconds, text) => {
  expect(formatTimeLeft(seconds)).toBe(text);
});
