import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Credentials } from '../../../../src/model/registry-source.js';
import { clientOver } from '../../../../src/tools/registry/client/client.js';
import type { Request } from '../../../../src/tools/registry/client/exchange.js';
import { virtualTime } from '../../../support/virtual-timer.js';
import { as, sourceAt, within } from './local-registry.js';
import { type MemoryAnswer, memoryNetwork } from './memory-network.js';

const password: Credentials = { kind: 'password', username: 'me', password: 'secret-password' };
const basic = `Basic ${btoa('me:secret-password')}`;

function clientOf(answer: (request: Request) => MemoryAnswer) {
  const network = memoryNetwork(answer);
  const { timer } = virtualTime();
  const client = clientOver(network.exchange, { timer, random: () => 0, attempts: 1, userAgent: 'x' });
  return { client, network };
}

/** A registry that wants a password and redirects what it is asked for, and everybody else, who answers. */
function redirecting(location: string, more: { readonly isLocal?: boolean; readonly status?: number } = {}) {
  return clientOf(({ url, headers }) => {
    if (url.pathname !== '/v2/app/manifests/1' || url.host !== 'r.example') return { body: '{}' };
    if (headers.authorization === undefined) {
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    }
    return { status: 307, headers: { location }, ...more };
  });
}

test.each([
  { name: 'itself', location: '/elsewhere', last: `GET https://r.example/elsewhere ${basic}` },
  { name: 'another port', location: 'https://r.example:444/a', last: 'GET https://r.example:444/a' },
  { name: 'another host', location: 'https://cdn.example/a?sig=1', last: 'GET https://cdn.example/a?sig=1' },
  { name: 'a host below', location: 'https://cdn.r.example/a', last: 'GET https://cdn.r.example/a' },
  { name: 'a host with a user', location: 'https://u:p@cdn.example/a', last: 'GET https://cdn.example/a' },
  { name: 'what has a fragment', location: '/a#b', last: `GET https://r.example/a ${basic}` },
  { name: 'whatever scheme', location: '//cdn.example/a', last: 'GET https://cdn.example/a' },
])('a redirect to $name is followed', async ({ location, last }) => {
  const { client, network } = redirecting(location);
  const source = sourceAt('r.example', { isInsecure: false, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found', text: '{}' });
  expect(network.lines().at(-1)).toBe(last);
});

test.each([
  [301, 'found'],
  [302, 'found'],
  [303, 'found'],
  [307, 'found'],
  [308, 'found'],
  [300, 'failed'],
  [304, 'failed'],
  [305, 'failed'],
])('the status %d of a redirect: %s', async (status, kind) => {
  const { client } = redirecting('https://cdn.example/a', { status });
  const source = sourceAt('r.example', { isInsecure: false, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind });
});

test.each([
  {
    name: 'plain HTTP',
    location: 'http://cdn.example/a',
    words: 'it redirects to plain HTTP, to cdn.example',
  },
  { name: 'a file', location: 'file:///etc/shadow', words: 'it redirects to the scheme file:' },
  { name: 'what is no URL', location: 'https://[', words: 'it redirects to something that is not a URL' },
])('a redirect to $name is refused', async ({ location, words }) => {
  const { client, network } = redirecting(location);
  const source = sourceAt('r.example', { isInsecure: false, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: {
      code: 'connection',
      kind: 'permanent',
      message: `GET https://r.example/v2/app/manifests/1: ${words}`,
    },
  });
  expect(network.asked).toHaveLength(2);
});

test('an insecure registry may redirect to plain HTTP', async () => {
  const { client, network } = redirecting('http://cdn.example/a');
  const source = sourceAt('r.example', { isInsecure: true, ...as(password) });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(network.lines().at(-1)).toBe('GET http://cdn.example/a');
});

test.each([
  { name: 'on this machine', isLocal: true, isRemoteOnly: false },
  { name: 'elsewhere', isLocal: false, isRemoteOnly: true },
])(
  'a registry $name leads to this machine: only if that is where it is',
  async ({ isLocal, isRemoteOnly }) => {
    const { client, network } = redirecting('https://127.0.0.1:1/a', { isLocal });
    const source = sourceAt('r.example', { isInsecure: false, ...as(password) });
    await client.manifest(source, '1', within);
    expect(network.asked.at(-1)?.isRemoteOnly).toBe(isRemoteOnly);
  },
);

test('a redirect that comes back brings no authorization and no certificate with it', async () => {
  const { client, network } = clientOf(({ url, headers }) => {
    if (url.href === 'https://r.example/end') return { body: '{}' };
    if (url.host === 'cdn.example') return { status: 302, headers: { location: 'https://r.example/end' } };
    if (headers.authorization === undefined) {
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    }
    return { status: 302, headers: { location: 'https://cdn.example/' } };
  });
  const source = sourceAt('r.example', { isInsecure: false, ...as(password) });
  await client.manifest(source, '1', within);
  expect(network.lines().slice(-2)).toEqual(['GET https://cdn.example/', 'GET https://r.example/end']);
  expect(network.asked.slice(-2).map(({ trust }) => trust.isOwnHost)).toEqual([false, false]);
});

test('redirects without end are ended', async () => {
  const { client, network } = clientOf(() => ({ status: 302, headers: { location: '/again' } }));
  const source = sourceAt('r.example', { isInsecure: false });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { kind: 'permanent', message: 'GET https://r.example/again: it redirects more than 10 times' },
  });
  expect(network.asked).toHaveLength(11);
});

const hosts = ['r.example', 'R.example:444', 'a.r.example', 'b.example', 'auth.example', '127.0.0.1'];
const realms = [
  'https://auth.example/token',
  'http://auth.example/token',
  'https://r.example/token',
  'https://b.example/token',
  '//x',
];
const answers: fc.Arbitrary<MemoryAnswer> = fc.oneof(
  fc.constant({ body: '{"token":"token-of-the-server"}' }),
  fc
    .tuple(fc.constantFrom('https', 'http'), fc.constantFrom(...hosts), fc.constantFrom(302, 307, 308))
    .map(([scheme, host, status]) => ({ status, headers: { location: `${scheme}://${host}/next` } })),
  fc.constantFrom(...realms).map((realm) => ({
    status: 401,
    headers: { 'www-authenticate': [`Bearer realm="${realm}",service="s"`] },
  })),
  fc.constantFrom('r.example', 'b.example').map((name) => ({
    status: 401,
    headers: {
      'www-authenticate': `Bearer realm="https://auth.example/token",error="insufficient_scope",scope="repository:${name}:pull"`,
    },
  })),
  fc.constant({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
  fc.constantFrom(403, 404, 429, 503).map((status) => ({ status })),
);
const credentials = fc.constantFrom<Credentials[]>({ kind: 'anonymous' }, password, {
  kind: 'identity-token',
  token: 'secret-identity-token',
});

test('what a registry may know, only it and the token server that it names get to know', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answers, { minLength: 1, maxLength: 12 }),
      credentials,
      fc.boolean(),
      async (script, own, isInsecure) => {
        let next = 0;
        /** Token servers that the registry itself has named. */
        const named = new Set<string>();
        const { client, network } = clientOf(({ url }) => {
          const answer = script[next % script.length] ?? {};
          next += 1;
          for (const value of [answer.headers?.['www-authenticate'] ?? []].flat()) {
            const realm = /realm="([^"]*)"/.exec(value)?.[1] ?? '';
            if (url.host === 'r.example' && URL.canParse(realm)) named.add(new URL(realm).origin);
          }
          return answer;
        });
        const source = sourceAt('r.example', { isInsecure, ...as(own) });
        const result = await client.manifest(source, '1', within);
        if (result.kind !== 'found')
          expect(JSON.stringify(result)).not.toMatch(/secret-|token-of-the-server/);
        for (const { url, headers, body, trust } of network.asked) {
          const { authorization = '' } = headers;
          const isRegistry = url.host === 'r.example';
          const isTokenServer = named.has(url.origin);
          if (authorization.startsWith('Bearer')) expect(isRegistry).toBe(true);
          if (authorization.startsWith('Basic')) expect(isRegistry || isTokenServer).toBe(true);
          if (body !== undefined) expect(isTokenServer).toBe(true);
          if (trust.isOwnHost) expect(isRegistry || isTokenServer).toBe(true);
          const isSecret = authorization !== '' || body !== undefined;
          if (!isInsecure && isSecret && own.kind !== 'anonymous') expect(url.protocol).toBe('https:');
        }
        expect(network.asked.length).toBeLessThan(120);
      },
    ),
    { numRuns: 150 },
  );
});
