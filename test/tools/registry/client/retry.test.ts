import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientOver } from '../../../../src/tools/registry/client/client.js';
import type { Refusal } from '../../../../src/tools/registry/client/refusal.js';
import { virtualTime } from '../../../support/virtual-timer.js';
import { sourceAt } from './local-registry.js';
import { type MemoryAnswer, memoryNetwork } from './memory-network.js';

const source = sourceAt('r.example', { isInsecure: false });
const digest = `sha256:${'a'.repeat(64)}`;
const cut: Refusal = {
  kind: 'failed',
  failure: { code: 'connection', kind: 'transient', message: 'GET https://r.example/: cut', hint: null },
  status: null,
  waitMs: null,
};
const distrusted: Refusal = { ...cut, failure: { ...cut.failure, code: 'tls', kind: 'permanent' } };

/** A registry that gives one answer after the other, and the last one again and again. */
function scripted(script: readonly (MemoryAnswer | Refusal)[], random = () => 0.5) {
  const time = virtualTime();
  let next = 0;
  const network = memoryNetwork(({ url }) => {
    if (url.pathname === '/v2/') return { status: 200 };
    next += 1;
    return script[next - 1] ?? script.at(-1) ?? {};
  });
  const client = clientOver(network.exchange, { timer: time.timer, random, attempts: 4, userAgent: 'x' });
  const asked = () => network.asked.filter(({ url }) => url.pathname !== '/v2/').length;
  return { client, network, time, asked };
}

const forever = () => ({ signal: new AbortController().signal });

test.each([
  { name: 'a cut', answer: cut, asked: 4, code: 'connection', kind: 'transient' },
  { name: '408', answer: { status: 408 }, asked: 4, code: 'timeout', kind: 'transient' },
  { name: '425', answer: { status: 425 }, asked: 4, code: 'too-many-requests', kind: 'transient' },
  { name: '429', answer: { status: 429 }, asked: 4, code: 'too-many-requests', kind: 'transient' },
  { name: '500', answer: { status: 500 }, asked: 4, code: 'server-error', kind: 'transient' },
  { name: '503', answer: { status: 503 }, asked: 4, code: 'server-error', kind: 'transient' },
  { name: '599', answer: { status: 599 }, asked: 4, code: 'server-error', kind: 'transient' },
  { name: '400', answer: { status: 400 }, asked: 4, code: 'unknown', kind: 'transient' },
  { name: '401', answer: { status: 401 }, asked: 1, code: 'unauthorized', kind: 'permanent' },
  { name: '403', answer: { status: 403 }, asked: 1, code: 'denied', kind: 'permanent' },
  { name: '404', answer: { status: 404 }, asked: 1, code: 'manifest-unknown', kind: 'permanent' },
  { name: '204', answer: { status: 204 }, asked: 4, code: 'unknown', kind: 'transient' },
  { name: 'what TLS refuses', answer: distrusted, asked: 1, code: 'tls', kind: 'permanent' },
  {
    name: '403 of a registry that is asked too often',
    answer: { status: 403, body: '{"errors":[{"code":"toomanyrequests"}]}' },
    asked: 4,
    code: 'too-many-requests',
    kind: 'transient',
  },
])('after $name, a registry is asked $asked times', async ({ answer, asked: times, code, kind }) => {
  const { client, time, asked } = scripted([answer]);
  const result = await time.run(client.manifest(source, '1', forever()));
  expect(result).toMatchObject({ kind: 'failed', failure: { code, kind } });
  expect(asked()).toBe(times);
});

test('what goes wrong at first is no failure', async () => {
  const { client, time, asked } = scripted([cut, { status: 503 }, { body: '{}' }]);
  expect(await time.run(client.manifest(source, '1', forever()))).toMatchObject({ kind: 'found' });
  expect(asked()).toBe(3);
});

test('a manifest that is not the one of its digest is asked for again, and refused', async () => {
  const { client, time, asked } = scripted([{ body: '{}' }]);
  expect(await time.run(client.manifest(source, digest, forever()))).toMatchObject({
    failure: { code: 'corrupt', message: expect.stringContaining('the registry answered with sha256:44136') },
  });
  expect(asked()).toBe(4);
});

test.each([
  { name: 'in seconds', headers: { 'retry-after': '20' }, waitedMs: 20_500 },
  {
    name: 'by a date',
    headers: { date: 'Fri, 06 Nov 2026 08:49:37 GMT', 'retry-after': 'Fri, 06 Nov 2026 08:50:00 GMT' },
    waitedMs: 23_500,
  },
  {
    name: 'by the fields of a limit',
    headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '9' },
    waitedMs: 9_500,
  },
  { name: 'not at all', headers: {}, waitedMs: 11_250 },
])(
  'a registry that says $name when it wants to be asked again is asked then',
  async ({ headers, waitedMs }) => {
    const { client, time } = scripted([{ status: 429, headers }, { body: '{}' }]);
    expect(await time.run(client.manifest(source, '1', forever()))).toMatchObject({ kind: 'found' });
    expect(time.timer.monotonicMs()).toBe(waitedMs);
  },
);

test.each([
  { name: 'the deadline', deadlineMs: 30_000, seconds: 31, said: '31 s' },
  { name: 'a quarter of an hour', deadlineMs: undefined, seconds: 21_600, said: '6 h' },
])('a wait beyond $name is not begun, and told', async ({ deadlineMs, seconds, said }) => {
  const headers = { 'retry-after': String(seconds) };
  const { client, time, asked } = scripted([{ status: 429, headers, body: 'slow down' }]);
  const limited = deadlineMs === undefined ? forever() : { ...forever(), deadlineMs };
  expect(await time.run(client.manifest(source, '1', limited))).toMatchObject({
    failure: {
      code: 'too-many-requests',
      kind: 'transient',
      message: `GET https://r.example/v2/app/manifests/1: 429 Too Many Requests: slow down (it wants no request for ${said})`,
    },
  });
  expect([asked(), time.timer.monotonicMs()]).toEqual([1, 0]);
});

test('what the registry said before the time was up is told', async () => {
  const { client, time } = scripted([{ status: 503, body: 'try later' }]);
  const signal = time.timer.limit(new AbortController().signal, 100);
  expect(await time.run(client.manifest(source, '1', { signal }))).toMatchObject({
    failure: {
      code: 'server-error',
      message: 'GET https://r.example/v2/app/manifests/1: 503 Service Unavailable: try later',
    },
  });
});

test('waits grow, never beyond their longest, and requests are never more than the attempts', async () => {
  const random = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 8 });
  const status = fc.constantFrom(200, 401, 403, 404, 408, 425, 429, 500, 503);
  await fc.assert(
    fc.asyncProperty(fc.array(status, { minLength: 1 }), random, async (statuses, numbers) => {
      let at = 0;
      const next = () => numbers[at++ % numbers.length] ?? 0;
      const script = statuses.map((each) => ({ status: each, body: '{}' }));
      const { client, time, asked } = scripted(script, next);
      await time.run(client.manifest(source, '1', forever()));
      expect(asked()).toBeLessThanOrEqual(4);
      expect(time.timer.monotonicMs()).toBeLessThanOrEqual(15_000 + 30_000 + 60_000);
    }),
    { numRuns: 50 },
  );
});

test('messages are printable, short, and without what the client knows to be secret', async () => {
  const secrets = 'pass-word-1 token-of-nobody';
  const { client, time } = scripted([
    { status: 400, body: `{"errors":[{"code":"A\\u001b[31m","message":"${secrets} ${'x'.repeat(5000)}"}]}` },
  ]);
  const own = sourceAt('r.example', {
    isInsecure: false,
    credentials: async () => ({ kind: 'password', username: 'me', password: 'pass-word-1' }),
  });
  const result = await time.run(client.manifest(own, '1', forever()));
  const message = result.kind === 'failed' ? result.failure.message : '';
  expect(message).toContain('400 Bad Request: A\\x1b[31m: *** token-of-nobody');
  expect(message.length).toBeLessThanOrEqual(1001);
});

test('credentials that do not come are waited for no longer than an answer', async () => {
  const { client, time } = scripted([{}]);
  const silent = sourceAt('r.example', { credentials: () => new Promise(() => {}) });
  const limited = { signal: time.timer.limit(forever().signal, 5_000), deadlineMs: 5_000 };
  expect(await time.run(client.manifest(silent, '1', limited))).toMatchObject({
    failure: { code: 'timeout', kind: 'transient' },
  });
});
