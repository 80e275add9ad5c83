import { describe, expect, test } from 'vitest';
import { parseCount, parseDurationMs } from '../../src/commands/options.js';

describe('a time', () => {
  test.each([
    { text: '90', ms: 90_000 },
    { text: '90s', ms: 90_000 },
    { text: '15m', ms: 900_000 },
    { text: '1h', ms: 3_600_000 },
  ])('$text is $ms ms', ({ text, ms }) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test.each(['', '0', '-1', '1.5m', 'm', '1d', '10 m', '1e3', '9999h'])('%j is refused', (text) => {
    expect(() => parseDurationMs(text)).toThrow('It must be a time');
  });
});

describe('a count', () => {
  test.each(['0', '-1', '1.5', '', 'x', '0x10', '1e3', ' 1', '99999999999999999999'])(
    '%j is refused',
    (text) => {
      expect(() => parseCount(1)(text)).toThrow('It must be a whole number, 1 or more.');
    },
  );

  test('is taken from its minimum on', () => {
    expect([parseCount(0)('0'), parseCount(1)('12')]).toEqual([0, 12]);
  });
});
