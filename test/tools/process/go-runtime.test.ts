import { expect, test } from 'vitest';
import { goRuntime } from '../../../src/tools/process/go-runtime.js';

test.each([
  { name: 'collects less often, and still does', env: {}, expected: { GOGC: '400' } },
  { name: 'leaves everything to a limit that is set', env: { GOMEMLIMIT: '64MiB' }, expected: {} },
  { name: 'leaves everything to a GOGC that is set', env: { GOGC: '50' }, expected: {} },
  { name: 'leaves everything to an empty GOGC, too', env: { GOGC: '' }, expected: {} },
])('$name', ({ env, expected }) => {
  expect(goRuntime(env)).toEqual(expected);
});
