import { expect, test } from 'vitest';
import { shorten, shortReference } from '../../../src/cli/report/shorten.js';

test.each([
  { text: 'quay.io/a:1', columns: 11, leftOut: 'middle', short: 'quay.io/a:1' },
  { text: 'quay.io/example/agent:1', columns: 16, leftOut: 'middle', short: 'quay.io/...ent:1' },
  { text: 'waiting for quay.io/a', columns: 14, leftOut: 'end', short: 'waiting for...' },
  { text: '画像データベース', columns: 9, leftOut: 'end', short: '画像デ...' },
  { text: 'waiting', columns: 2, leftOut: 'end', short: '..' },
  { text: 'waiting', columns: 4, leftOut: 'middle', short: 'w...' },
  { text: 'waiting', columns: -3, leftOut: 'end', short: '' },
] as const)('makes $text fit into $columns columns', ({ text, columns, leftOut, short }) => {
  expect(shorten(text, columns, leftOut)).toBe(short);
});

test.each([
  ['quay.io/a:1', 'quay.io/a:1'],
  [`quay.io/a@sha256:${'0123456789abcdef'.repeat(4)}`, 'quay.io/a@sha256:0123456789ab'],
  ['oci:/a\u001b[2J', 'oci:/a\\x1b[2J'],
])('shows %j as %s', (reference, short) => {
  expect(shortReference(reference)).toBe(short);
});
