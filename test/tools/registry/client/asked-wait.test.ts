import { expect, test } from 'vitest';
import { askedWaitMs } from '../../../../src/tools/registry/client/asked-wait.js';

const date = 'Fri, 06 Nov 2026 08:49:37 GMT';
const seconds = Date.parse(date) / 1000;

test.each([
  { name: 'nothing', headers: {}, waitMs: null },
  { name: 'seconds', headers: { 'retry-after': '7' }, waitMs: 7_000 },
  { name: 'no seconds', headers: { 'retry-after': '0' }, waitMs: 0 },
  {
    name: 'a date by the clock of the server',
    headers: { date, 'retry-after': 'Fri, 06 Nov 2026 08:50:00 GMT' },
    waitMs: 23_000,
  },
  { name: 'a date that is past', headers: { date, 'retry-after': date }, waitMs: null },
  { name: 'nonsense', headers: { 'retry-after': '-1' }, waitMs: null },
  { name: 'seconds without end', headers: { 'retry-after': '9'.repeat(400) }, waitMs: null },
  {
    name: 'nothing left, and when there is more',
    headers: { 'ratelimit-remaining': '0;w=21600', 'ratelimit-reset': '30' },
    waitMs: 30_000,
  },
  {
    name: 'something left',
    headers: { 'ratelimit-remaining': '12', 'ratelimit-reset': '30' },
    waitMs: null,
  },
  { name: 'the time of more', headers: { date, 'ratelimit-reset': String(seconds + 60) }, waitMs: 60_000 },
  { name: 'one field for all', headers: { ratelimit: '"default";r=0;t=50' }, waitMs: 50_000 },
  { name: 'something left in one field', headers: { ratelimit: '"default";r=5;t=50' }, waitMs: null },
  {
    name: 'Retry-After before all else',
    headers: { 'retry-after': '1', 'ratelimit-reset': '30' },
    waitMs: 1_000,
  },
])('a server says $name', ({ headers, waitMs }) => {
  const values: Readonly<Record<string, string | undefined>> = headers;
  expect(askedWaitMs({ header: (name) => [values[name] ?? []].flat() })).toBe(waitMs);
});
