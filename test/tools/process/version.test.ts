import { expect, test } from 'vitest';
import { isOlder } from '../../../src/tools/process/is-older.js';

test.each([
  { version: '4.3.1', than: '4.3.0', expected: false },
  { version: '4.3.0', than: '4.3.0', expected: false },
  { version: '4.2.9', than: '4.3.0', expected: true },
  { version: '3.4.4', than: '4.3.0', expected: true },
  { version: '10.0.0', than: '4.3.0', expected: false },
  { version: '4.10.0', than: '4.3.0', expected: false },
  { version: '4', than: '4.3.0', expected: true },
])('$version is older than $than: $expected', ({ version, than, expected }) => {
  expect(isOlder(version, than)).toBe(expected);
});
