import { expect, test } from 'vitest';
import { afterAttempts, retriesFor, unknownWords } from '../../src/pull/backoff.js';

test('a registry that answers with errors is tried more often', () => {
  expect([retriesFor('connection', 4), retriesFor('server-error', 4), retriesFor('server-error', 0)]).toEqual(
    [4, 20, 0],
  );
});

test.each([
  { name: 'wrong content', code: 'corrupt', times: 1, kind: 'transient' },
  { name: 'wrong content again', code: 'corrupt', times: 2, kind: 'permanent' },
  { name: 'what nobody knows', code: 'unknown', times: 1, kind: 'transient' },
  { name: 'what nobody knows again', code: 'unknown', times: 2, kind: 'permanent' },
  { name: 'a cut connection again', code: 'connection', times: 9, kind: 'transient' },
] as const)('after $name, the failure is $kind', ({ code, times, kind }) => {
  const error = { code, kind: 'transient', message: 'x', hint: null } as const;
  expect(afterAttempts(error, times)).toEqual({ ...error, kind });
});

test.each([
  ['open /var/tmp/bound-images-1-a/2/x: odd', 'open /var/tmp/bound-images-1-a/3/x: odd', true],
  ['layer 3a0b1c2d4e5f: odd', 'layer ffffffff0000: odd', true],
  ['process 12 has failed', 'process 13 has failed', true],
  ['odd', 'even', false],
])('whether “%s” and “%s” are the same words: %s', (one, other, isSame) => {
  const words = [one, other].map((message) =>
    unknownWords({ code: 'unknown', kind: 'transient', message, hint: null }),
  );
  expect(words[0] === words[1]).toBe(isSame);
});
