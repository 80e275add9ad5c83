import { expect, test } from 'vitest';
import { parseContentRange } from '../../../../src/tools/registry/client/content-range.js';

test.each([
  { fields: ['bytes 0-9/10'], range: { from: 0, to: 9, size: 10 } },
  { fields: ['bytes 5-9/*'], range: { from: 5, to: 9, size: null } },
  { fields: ['bytes 9-5/10'], range: null },
  { fields: ['bytes 0-10/10'], range: null },
  { fields: ['bytes */10'], range: null },
  { fields: ['bytes 0-9/10', 'bytes 0-9/10'], range: null },
  { fields: ['bytes 0-99999999999999999999/*'], range: null },
  { fields: ['items 0-9/10'], range: null },
  { fields: [], range: null },
])('$fields', ({ fields, range }) => {
  expect(parseContentRange(fields)).toEqual(range);
});
