import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSize, writeSize } from '../../src/text/size.js';

describe('a size', () => {
  test.each([
    ['0 B', 0],
    ['512 B', 512],
    ['512B', 512],
    ['1 kB', 1000],
    ['1 KB', 1000],
    ['1 KiB', 1024],
    ['100 MiB', 104_857_600],
    ['1.5 GB', 1_500_000_000],
    ['0.1 MB', 100_000],
    ['1 GiB', 1_073_741_824],
    ['2 TiB', 2_199_023_255_552],
  ])('%s', (text, bytes) => {
    expect(readSize(text)).toBe(bytes);
  });

  test.each([
    '',
    '1',
    'B',
    '1 M',
    '1 Mb',
    '1 kiB',
    '-1 B',
    '+1 B',
    '1e3 B',
    '1,5 GB',
    ' 1 B',
    '1  B',
    '1 B ',
    '0x1 B',
  ])('is not “%s”', (text) => {
    expect(readSize(text)).toBeUndefined();
  });

  test('is not what cannot be counted', () => {
    expect(readSize('8192 TiB')).toBeUndefined();
    expect(readSize('999999999999999 GB')).toBeUndefined();
  });

  test('is read as it is written', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        fc.pre(bytes < 1e15);
        expect(readSize(writeSize(bytes))).toBe(bytes);
      }),
    );
    expect([writeSize(104_857_600), writeSize(1000), writeSize(0)]).toEqual(['100 MiB', '1000 B', '0 B']);
  });
});
