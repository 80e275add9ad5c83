import { describe, expect, test } from 'vitest';
import { parseCount, parseDurationMs, parseRate, parseSize } from '../../src/cli/options.js';

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

describe('a size', () => {
  test.each([
    { text: '0', bytes: 0 },
    { text: '1048576', bytes: 1_048_576 },
    { text: '7B', bytes: 7 },
    { text: '1K', bytes: 1024 },
    { text: '500M', bytes: 500 * 1024 ** 2 },
    { text: '2G', bytes: 2 * 1024 ** 3 },
    { text: '2g', bytes: 2 * 1024 ** 3 },
    { text: '2GB', bytes: 2 * 1024 ** 3 },
    { text: '2GiB', bytes: 2 * 1024 ** 3 },
    { text: '3T', bytes: 3 * 1024 ** 4 },
    { text: '9007199254740991', bytes: Number.MAX_SAFE_INTEGER },
  ])('$text is $bytes bytes', ({ text, bytes }) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each([
    '',
    'G',
    '-1',
    '+1',
    '1.5G',
    '1e9',
    '0x10',
    '2 G',
    ' 2G',
    '2G ',
    '2P',
    '2GG',
    '2Gi',
    '2iB',
    'B',
    '10%',
  ])('%j is refused', (text) => {
    expect(() => parseSize(text)).toThrow('It must be a size');
  });

  test.each(['9007199254740992', '8192T', '99999999999999999999G'])(
    '%s is refused, since no number counts its bytes',
    (text) => {
      expect(() => parseSize(text)).toThrow('It must be a size');
    },
  );
});

describe('a rate', () => {
  test.each([
    { text: '1024', rate: 1024 },
    { text: '1K', rate: 1024 },
    { text: '500k', rate: 512_000 },
    { text: '2M', rate: 2 * 1024 ** 2 },
    { text: '1GiB', rate: 1024 ** 3 },
  ])('$text is $rate bytes per second', ({ text, rate }) => {
    expect(parseRate(text)).toBe(rate);
  });

  test.each(['', '0', '1023', '1T', '1.5M', '-2M', '2M/s', '2 M', '9007199254740992'])(
    '%j is refused',
    (text) => {
      expect(() => parseRate(text)).toThrow('It must be bytes per second');
    },
  );
});
