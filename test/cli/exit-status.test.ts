import { expect, test } from 'vitest';
import { statusOfError } from '../../src/cli/exit-status.js';

test.each(['busy', 'store-busy', 'exhausted'] as const)('%s is worth another try', (code) => {
  expect(statusOfError(code)).toBe(75);
});

test('a store that cannot be read is not', () => {
  expect(statusOfError('store')).toBe(1);
});
