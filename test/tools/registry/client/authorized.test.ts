import { expect, test } from 'vitest';
import type { Credentials } from '../../../../src/model/registry-source.js';
import { clientOver } from '../../../../src/tools/registry/client/client.js';
import type { Exchange, Request } from '../../../../src/tools/registry/client/exchange.js';
import { stoppedRefusal } from '../../../../src/tools/registry/client/refusal.js';
import { virtualTime } from '../../../support/virtual-timer.js';
import { as, sourceAt, within } from './local-registry.js';
import { type MemoryAnswer, memoryNetwork } from './memory-network.js';

const challenge = 'Bearer realm="https://auth.example/token",service="s"';

/** A registry at r.example with a token server, which gives the token `tN` with its Nth answer. */
function registry(
  answers: {
    readonly token?: (count: number, request: Request) => MemoryAnswer;
    readonly answer?: (request: Request) => MemoryAnswer | undefined;
    readonly challenge?: string | readonly string[];
  } = {},
) {
  const time = virtualTime();
  let count = 0;
  const network = memoryNetwork((request) => {
    if (request.url.host === 'auth.example') {
      count += 1;
      return answers.token?.(count, request) ?? { body: JSON.stringify({ token: `t${count}` }) };
    }
    const refusal = { status: 401, headers: { 'www-authenticate': answers.challenge ?? challenge } };
    return answers.answer?.(request) ?? ('authorization' in request.headers ? { body: '{}' } : refusal);
  });
  const client = clientOver(network.exchange, {
    timer: time.timer,
    random: () => 0.5,
    attempts: 2,
    userAgent: 'x',
  });
  return { client, network, time };
}

const secure = { isInsecure: false };
const password: Credentials = { kind: 'password', username: 'me', password: 'pass word' };

test('a token server gets the password, the registry only the token', async () => {
  const { client, network } = registry();
  const source = sourceAt('r.example', { ...secure, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines()).toEqual([
    'GET https://r.example/v2/app/manifests/1',
    `GET https://auth.example/token?account=me&service=s&scope=repository%3Aapp%3Apull Basic ${btoa('me:pass word')}`,
    'GET https://r.example/v2/app/manifests/1 Bearer t1',
  ]);
});

test('an identity token is sent in a form', async () => {
  const { client, network } = registry({ token: () => ({ body: '{"access_token":"a"}' }) });
  const source = sourceAt('r.example', { ...secure, ...as({ kind: 'identity-token', token: 'i&d' }) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines()[1]).toBe('POST https://auth.example/token');
  expect(network.asked[1]?.body).toBe(
    'service=s&scope=repository%3Aapp%3Apull&grant_type=refresh_token&refresh_token=i%26d&client_id=containers%2Fimage',
  );
});

test('each repository has a token of its own, and the second one knows that it needs it', async () => {
  const { client, network } = registry();
  await client.manifest(sourceAt('r.example', secure), '1', within);
  await client.manifest(sourceAt('r.example', { ...secure, repository: 'db' }), '1', within);
  expect(network.lines().slice(3)).toEqual([
    'GET https://auth.example/token?service=s&scope=repository%3Adb%3Apull',
    'GET https://r.example/v2/db/manifests/1 Bearer t2',
  ]);
});

test('Docker Hub is asked at the host that it has for that', async () => {
  const { client, network } = registry();
  await client.manifest(sourceAt('docker.io', secure), '1', within);
  expect(network.asked[0]?.url.host).toBe('registry-1.docker.io');
});

test.each([
  { name: 'what is said of its life', body: { token: 'a', expires_in: 300 }, afterMs: 299_000, asked: 1 },
  { name: 'the end of its life', body: { token: 'a', expires_in: 300 }, afterMs: 301_000, asked: 2 },
  { name: 'a minute where nothing is said', body: { token: 'a' }, afterMs: 59_000, asked: 1 },
  { name: 'the end of that minute', body: { token: 'a' }, afterMs: 61_000, asked: 2 },
  { name: 'a minute where less is said', body: { token: 'a', expires_in: 1 }, afterMs: 59_000, asked: 1 },
  {
    name: 'what is left of the life of an older one',
    body: { token: 'a', expires_in: 300, issued_at: '2026-11-06T08:49:37Z' },
    afterMs: 280_000,
    asked: 2,
  },
  {
    name: 'a clock in the future',
    body: { token: 'a', expires_in: 300, issued_at: '2036-11-06T08:49:37Z' },
    afterMs: 299_000,
    asked: 1,
  },
])('a token lives until $name', async ({ body, afterMs, asked }) => {
  const date = 'Fri, 06 Nov 2026 08:50:00 GMT';
  const { client, network, time } = registry({
    token: () => ({ headers: { date }, body: JSON.stringify(body) }),
  });
  const source = sourceAt('r.example', secure);
  await client.manifest(source, '1', within);
  await time.run(time.timer.sleep(afterMs, within.signal));
  await client.manifest(source, '1', within);
  expect(network.lines().filter((line) => line.includes('auth.example'))).toHaveLength(asked);
});

test('a token that the registry takes no more is renewed once, for everybody', async () => {
  let refused = new Set<string>();
  const { client, network } = registry({
    answer: ({ headers: { authorization = '' } }) =>
      refused.has(authorization) ? { status: 401, headers: { 'www-authenticate': challenge } } : undefined,
  });
  const source = sourceAt('r.example', secure);
  await client.manifest(source, '1', within);
  refused = new Set(['Bearer t1']);
  const answers = await Promise.all(['1', '2', '3'].map((tag) => client.manifest(source, tag, within)));
  expect(answers.map(({ kind }) => kind)).toEqual(['found', 'found', 'found']);
  expect(network.lines().filter((line) => line.includes('auth.example'))).toHaveLength(2);
  refused = new Set(['Bearer t2', 'Bearer t3', 'Bearer t4']);
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { code: 'unauthorized', kind: 'permanent' },
  });
  expect(network.lines().filter((line) => line.includes('auth.example'))).toHaveLength(3);
});

test('a scope that is missing is asked for once, beside the own one', async () => {
  const missing = `${challenge},error="insufficient_scope",scope="repository:base:pull"`;
  const { client, network } = registry({
    answer: ({ headers: { authorization = '' } }) =>
      authorization === 'Bearer t1' ? { status: 401, headers: { 'www-authenticate': missing } } : undefined,
  });
  expect(await client.manifest(sourceAt('r.example', secure), '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines().slice(-2)).toEqual([
    'GET https://auth.example/token?service=s&scope=repository%3Aapp%3Apull&scope=repository%3Abase%3Apull',
    'GET https://r.example/v2/app/manifests/1 Bearer t2',
  ]);
});

test.each([
  { name: 'the first that is known', challenge: ['Negotiate', 'Basic realm="a"', challenge], sent: 'Basic' },
  { name: 'in one field', challenge: `Digest realm="a", ${challenge}, Basic realm="b"`, sent: 'Bearer' },
])('of several challenges, $name is answered', async ({ challenge, sent }) => {
  const { client, network } = registry({ challenge });
  const source = sourceAt('r.example', { ...secure, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines().at(-1)).toContain(sent);
});

test('a scheme that is not known is said, and what needs none is had all the same', async () => {
  const { client } = registry({
    challenge: 'Negotiate',
    answer: ({ url }) => (url.pathname.includes('/open/') ? { body: '{}' } : undefined),
  });
  expect(await client.manifest(sourceAt('r.example', secure), '1', within)).toEqual({
    kind: 'unsupported',
    what: 'the authentication scheme negotiate',
  });
  const open = sourceAt('r.example', { ...secure, repository: 'open' });
  expect(await client.manifest(open, '1', within)).toMatchObject({ kind: 'found' });
});

test.each([
  { name: 'by a 404', status: 404 },
  { name: 'by a 403', status: 403 },
  { name: 'by a 401 that says nothing', status: 401 },
])('a registry that hides what it wants $name is asked what that is', async ({ status }) => {
  const { client, network } = registry({
    answer: ({ url, headers }) =>
      'authorization' in headers || url.pathname === '/v2/' ? undefined : { status },
  });
  expect(await client.manifest(sourceAt('r.example', secure), '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines().slice(0, 2)).toEqual([
    'GET https://r.example/v2/app/manifests/1',
    'GET https://r.example/v2/',
  ]);
});

test.each([
  { name: 'none', realm: '', words: 'the registry names no token server' },
  { name: 'a path', realm: '/token', words: 'the registry names no token server' },
  { name: 'a file', realm: 'file:///etc/shadow', words: 'the registry names no token server' },
])('a token server that is $name gets nothing', async ({ realm, words }) => {
  const { client, network } = registry({ challenge: `Bearer realm="${realm}"` });
  const source = sourceAt('r.example', { ...secure, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { code: 'unauthorized', kind: 'permanent', message: `GET https://r.example/: ${words}` },
  });
  expect(network.asked).toHaveLength(1);
});

test.each([
  { registry: 'r.example', realm: 'http://auth.example/token' },
  { registry: '127.0.0.1:5000', realm: 'http://127.0.0.2:5001/token' },
])(
  'credentials do not go to a token server on plain HTTP, and podman is left to judge it: $realm',
  async (row) => {
    const { client, network } = registry({ challenge: `Bearer realm="${row.realm}"` });
    const source = sourceAt(row.registry, { ...secure, ...as(password) });
    expect(await client.manifest(source, '1', within)).toEqual({
      kind: 'unsupported',
      what: `credentials for a token server on plain HTTP, ${new URL(row.realm).host}`,
    });
    expect(network.asked).toHaveLength(1);
  },
);

test('credentials go to a token server on plain HTTP beside the registry on this machine', async () => {
  const { client, network } = registry({ challenge: 'Bearer realm="http://127.0.0.1:5001/token"' });
  await client.manifest(sourceAt('127.0.0.1:5000', { ...secure, ...as(password) }), '1', within);
  expect(network.lines()[1]).toMatch(/^GET http:\/\/127\.0\.0\.1:5001\/token\?/);
});

test('a token server that a registry elsewhere names is not looked for on this machine', async () => {
  const { client, network } = registry();
  await client.manifest(sourceAt('r.example', secure), '1', within);
  expect(network.asked.map(({ isRemoteOnly }) => isRemoteOnly)).toEqual([false, true, false]);
});

test.each([
  { name: 'no JSON', body: 'x', code: 'unauthorized' },
  { name: 'no token', body: '{"token":""}', code: 'unauthorized' },
  { name: 'what would be another line of a header', body: '{"token":"a\\r\\nX: y"}', code: 'unauthorized' },
  { name: 'an object', body: '{"token":{"a":1},"__proto__":{"token":"b"}}', code: 'unauthorized' },
  { name: 'more than a mebibyte', body: `{"token":"${'a'.repeat(1024 * 1024)}"}`, code: 'oversized' },
])('a token server answers with $name', async ({ body, code }) => {
  const { client } = registry({ token: () => ({ body }) });
  expect(await client.manifest(sourceAt('r.example', secure), '1', within)).toMatchObject({
    failure: { code, kind: 'permanent' },
  });
});

test('a token server that refuses the password says why', async () => {
  const { client } = registry({
    token: () => ({ status: 401, body: '{"details":"incorrect username or pass word"}' }),
  });
  const source = sourceAt('r.example', { ...secure, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: {
      code: 'unauthorized',
      message: 'GET https://auth.example/token: 401 Unauthorized: incorrect username or ***',
    },
  });
});

test('a token server that stumbles is asked again', async () => {
  const { client, time } = registry({
    token: (count) => (count === 1 ? { status: 503 } : { body: '{"token":"a"}' }),
  });
  const answer = client.manifest(sourceAt('r.example', secure), '1', within);
  expect(await time.run(answer)).toMatchObject({ kind: 'found' });
});

test('credentials that cannot be had are a failure before the first request', async () => {
  const { client, network } = registry();
  const failure = { code: 'authfile', kind: 'permanent', message: 'no helper', hint: null } as const;
  const source = sourceAt('r.example', { ...secure, credentials: async () => ({ kind: 'failed', failure }) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'failed', failure });
  expect(network.asked).toHaveLength(0);
});

test('the first question goes ahead, and one that is stopped keeps nobody waiting', async () => {
  const { client } = registry({ answer: () => ({ body: '{}' }) });
  const source = sourceAt('r.example', secure);
  const stopped = { signal: AbortSignal.abort() };
  expect(await client.manifest(source, '1', stopped)).toMatchObject({ failure: { code: 'interrupted' } });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
});

test('the first question keeps the others waiting for a while only', async () => {
  const time = virtualTime();
  const { exchange } = memoryNetwork(() => ({ body: '{}' }));
  const send: Exchange = (request, signal) =>
    request.url.pathname.endsWith('/slow')
      ? new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(stoppedRefusal(request, signal)));
        })
      : exchange(request, signal);
  const client = clientOver(send, { timer: time.timer, random: () => 0, attempts: 1, userAgent: 'x' });
  const source = sourceAt('r.example', secure);
  const limited = { signal: time.timer.limit(within.signal, 10_000) };
  const slow = client.manifest(source, 'slow', limited);
  expect(await time.run(client.manifest(source, '1', limited))).toMatchObject({ kind: 'found' });
  expect(time.timer.monotonicMs()).toBeLessThan(2_000);
  expect(await time.run(slow)).toMatchObject({ failure: { code: 'timeout' } });
});

test.each([
  { name: 'a host', registry: 'r.example/evil' },
  { name: 'a host without a user', registry: 'me@r.example' },
  { name: 'a host without a query', registry: 'r.example?x' },
  { name: 'a port', registry: 'r.example:port' },
])('a registry that is not $name is asked for nothing', async ({ registry: name }) => {
  const { client, network } = registry();
  expect(await client.manifest(sourceAt(name, secure), '1', within)).toMatchObject({
    failure: { code: 'reference', kind: 'permanent' },
  });
  expect(network.asked).toHaveLength(0);
});

test.each([
  { name: 'speaks TLS', https: { body: '{}' }, http: undefined, schemes: ['https'] },
  { name: 'does not', https: undefined, http: { body: '{}' }, schemes: ['https', 'http'] },
  {
    name: 'has something else there',
    https: { status: 503 },
    http: { body: '{}' },
    schemes: ['https', 'https', 'http'],
  },
  {
    name: 'has nothing but that',
    https: { status: 503 },
    http: undefined,
    schemes: ['https', 'https', 'http'],
  },
])('an insecure registry that $name', async ({ https, http, schemes }) => {
  const network = memoryNetwork(({ method, url }) => {
    const failure = { code: 'connection', kind: 'permanent', message: `${method}`, hint: null } as const;
    const answer = url.protocol === 'https:' ? https : http;
    return answer ?? { kind: 'failed', failure, status: null, waitMs: null };
  });
  const { timer } = virtualTime();
  const client = clientOver(network.exchange, { timer, random: () => 0, attempts: 1, userAgent: 'x' });
  const first = await client.manifest(sourceAt('r.example'), '1', within);
  expect(network.asked.map(({ url }) => url.protocol.slice(0, -1))).toEqual(schemes);
  expect(first.kind).toBe(https?.body === undefined && http === undefined ? 'failed' : 'found');
  if (first.kind === 'failed') expect(first.failure.code).toBe('server-error');
  else {
    await client.manifest(sourceAt('r.example'), '2', within);
    expect(network.asked).toHaveLength(schemes.length + 1);
    expect(network.asked.at(-1)?.url.protocol).toBe(network.asked.at(-2)?.url.protocol);
  }
});

test.each([{ first: 'Basic realm="r"' }, { first: 'Negotiate' }])(
  'a registry that wants something else behind $first is asked again once',
  async ({ first }) => {
    let count = 0;
    const { client, network } = registry({
      answer: ({ headers }) => {
        count += 1;
        if (count === 1) return { status: 401, headers: { 'www-authenticate': first } };
        if (count > 20 || headers.authorization === 'Bearer t1') return {};
        return { status: 403, headers: { 'www-authenticate': challenge } };
      },
    });
    const source = sourceAt('r.example', secure);
    await client.manifest(source, '1', within);
    await client.manifest(source, '2', within);
    expect(network.lines().filter((line) => line.includes('manifests/2'))).toEqual([
      'GET https://r.example/v2/app/manifests/2',
      'GET https://r.example/v2/app/manifests/2 Bearer t1',
    ]);
  },
);

test('a registry that changes what it wants all the time is asked a few times', async () => {
  let count = 0;
  const { client, network } = registry({
    answer: ({ url }) => {
      count += 1;
      if (count > 100) return {};
      const scheme = url.pathname.endsWith('1') ? 'Basic realm="r"' : challenge;
      return { status: 403, headers: { 'www-authenticate': scheme } };
    },
  });
  const source = sourceAt('r.example', secure);
  await client.manifest(source, '1', within);
  await Promise.all(['1', '2', '1', '2'].map((tag) => client.manifest(source, tag, within)));
  expect(network.asked.length).toBeLessThan(20);
});

test('what somebody says whom one image trusts alone leads no other image’s password anywhere', async () => {
  const stranger = 'Bearer realm="https://stranger.example/token"';
  const { client, network } = registry({
    answer: ({ trust }) =>
      trust.certificates.length > 0 ? { status: 401, headers: { 'www-authenticate': stranger } } : undefined,
  });
  const ca = [{ name: 'own.crt', bytes: Buffer.from('own') }];
  await client.manifest(sourceAt('r.example', { ...secure, certificates: ca }), '1', within);
  await client.manifest(sourceAt('r.example', { ...secure, ...as(password) }), '1', within);
  expect(network.lines().filter((line) => line.includes('stranger') && line.includes('Basic'))).toEqual([]);
});

test.each<{ credentials: Credentials }>([
  { credentials: { kind: 'password', username: 'me', password: 'hidden-word' } },
  { credentials: { kind: 'identity-token', token: 'hidden-word' } },
  {
    credentials: {
      kind: 'identity-token',
      token: 'i',
      login: { username: 'me', password: 'hidden-word' },
    },
  },
])('what $credentials.kind holds is repeated nowhere', async ({ credentials }) => {
  const { client, time } = registry({ answer: () => ({ status: 500, body: 'no hidden-word' }) });
  const source = sourceAt('r.example', { ...secure, ...as(credentials) });
  const result = await time.run(client.manifest(source, '1', within));
  expect(result).toMatchObject({ failure: { message: expect.stringContaining('no ***') } });
});
