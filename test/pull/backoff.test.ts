import { expect, test } from 'vitest';
import { afterAttempts, retriesFor } from '../../src/pull/backoff.js';

test('a registry that answers with errors is tried more often', () => {
  expect([retriesFor('connection', 4), retriesFor('server-error', 4), retriesFor('server-error', 0)]).toEqual(
    [4, 20, 0],
  );
});

test.each([
  { name: 'wrong content', code: 'corrupt', times: 1, kind: 'transient' },
  { name: 'wrong content again', code: 'corrupt', times: 2, kind: 'permanent' },
  { name: 'a cut connection again', code: 'connection', times: 9, kind: 'transient' },
] as const)('after $name, the failure is $kind', ({ code, times, kind }) => {
  const error = { code, kind: 'transient', message: 'x', hint: null } as const;
  expect(afterAttempts(error, times)).toEqual({ ...error, kind });
});
