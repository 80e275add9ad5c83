import { expect, test } from 'vitest';
import { describeSyntax } from '../../../src/scan/unit/read.js';

test('a byte-order mark has a hint of its own', () => {
  expect(describeSyntax('byte-order-mark')).toEqual({
    problem: 'the file begins with a byte-order mark',
    hint: 'save the file as UTF-8 without a byte-order mark',
  });
});
