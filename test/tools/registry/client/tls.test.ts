import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, file, type KeyPair, newAuthority } from './certificates.js';
import { openClient, serve, sourceAt, within } from './local-registry.js';

let authority: Authority;
let other: Authority;
let pairs: Readonly<Record<'good' | 'nameless' | 'elsewhere' | 'expired' | 'client', KeyPair>>;

beforeAll(() => {
  authority = newAuthority();
  other = newAuthority();
  pairs = {
    good: authority.issue('good', 'IP:127.0.0.1, DNS:localhost'),
    nameless: authority.issue('localhost', ''),
    elsewhere: authority.issue('127.0.0.1', 'DNS:r.example'),
    expired: authority.issue('expired', 'IP:127.0.0.1', 'past'),
    client: authority.issue('client', 'DNS:client'),
  };
});
afterAll(() => {
  authority[Symbol.dispose]();
  other[Symbol.dispose]();
});

const body = '{}';
const secure = { isInsecure: false };

test.each([
  { name: 'of the system', ca: true, files: [] as readonly string[] },
  { name: 'of a .crt file', ca: false, files: ['ca.crt'] },
  { name: 'beside what is no certificate', ca: false, files: ['a.crt', 'ca.crt', 'z.crt', 'README'] },
])('a registry is trusted by a CA $name', async ({ ca, files }) => {
  await using registry = await serve((_, response) => response.end(body), pairs.good);
  using client = openClient({ ca: () => (ca ? [authority.cert] : []) });
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const certificates = files.map((name) => file(name, name === 'ca.crt' ? authority.cert : garbage));
  const source = sourceAt(registry.host, { ...secure, certificates });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  const byName = sourceAt(`localhost:${registry.port}`, { ...secure, certificates });
  expect(await client.manifest(byName, '1', within)).toMatchObject({ kind: 'found' });
});

test('a damaged certificate of the system keeps none of the others from counting', async () => {
  await using registry = await serve((_, response) => response.end(body), pairs.good);
  const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  using client = openClient({ ca: () => [`${damaged}${authority.cert}`] });
  const source = sourceAt(registry.host, secure);
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
});

test('a certificate that is no CA is trusted where it is named', async () => {
  await using registry = await serve((_, response) => response.end(body), pairs.good);
  using client = openClient();
  const source = sourceAt(registry.host, { ...secure, certificates: [file('x.crt', pairs.good.cert)] });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
});

test.each([
  { name: 'by a CA that nobody knows', pair: 'good', trusted: false, host: '127.0.0.1', words: 'unable to' },
  { name: 'for another host', pair: 'elsewhere', trusted: true, host: '127.0.0.1', words: 'altnames' },
  {
    name: 'with its name in the subject only',
    pair: 'nameless',
    trusted: true,
    host: 'localhost',
    words: 'altnames',
  },
  {
    name: 'of the past',
    pair: 'expired',
    trusted: true,
    host: '127.0.0.1',
    words: 'certificate has expired',
  },
] as const)('a certificate $name is refused, once', async ({ pair, trusted, host, words }) => {
  await using registry = await serve((_, response) => response.end(body), pairs[pair]);
  using client = openClient({ ca: () => [trusted ? authority.cert : other.cert] });
  const source = sourceAt(`${host}:${registry.port}`, secure);
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { code: 'tls', kind: 'permanent', message: expect.stringContaining(words) },
  });
  expect([registry.asked, client.waits]).toEqual([[], []]);
});

test.each(['good', 'elsewhere', 'expired'] as const)('an insecure registry may be %s', async (pair) => {
  await using registry = await serve((_, response) => response.end(body), pairs[pair]);
  using client = openClient({
    ca: () => {
      throw new Error('nobody needs them');
    },
  });
  expect(await client.manifest(sourceAt(registry.host), '1', within)).toMatchObject({ kind: 'found' });
});

test('TLS 1.1 is too old, and a server without TLS is said to be one', async () => {
  await using old = await serve(() => undefined, {
    ...pairs.good,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
  });
  await using plain = await serve(() => undefined);
  using client = openClient({ ca: () => [authority.cert] });
  expect(await client.manifest(sourceAt(old.host, secure), '1', within)).toMatchObject({
    failure: { code: 'tls', kind: 'permanent' },
  });
  expect(await client.manifest(sourceAt(plain.host, secure), '1', within)).toMatchObject({
    failure: {
      code: 'tls',
      kind: 'permanent',
      message: `https://${plain.host}: the server does not speak TLS`,
    },
  });
});

test('a client certificate is shown to the registry, and not to where it leads', async () => {
  const shown: string[] = [];
  const options = { ...pairs.good, requestCert: true, rejectUnauthorized: false };
  const peer = (socket: unknown) => (socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody';
  await using cdn = await serve((request, response) => {
    shown.push(`cdn ${peer(request.socket)}`);
    response.end(body);
  }, options);
  await using registry = await serve((request, response) => {
    shown.push(`registry ${peer(request.socket)}`);
    response.writeHead(307, { location: `https://${cdn.host}/` }).end();
  }, options);
  using client = openClient();
  const certificates = [
    file('ca.crt', authority.cert),
    file('client.cert', pairs.client.cert),
    file('client.key', pairs.client.key),
  ];
  const source = sourceAt(registry.host, { ...secure, certificates });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(shown).toEqual(['registry client', 'cdn nobody']);
});

test.each([
  {
    name: 'without its key',
    names: ['a.cert'],
    words: 'the key of the client certificate a.cert is missing',
  },
  { name: 'that is missing', names: ['a.key'], words: 'the client certificate of the key a.key is missing' },
  { name: 'that is none', names: ['a.cert', 'a.key'], words: 'the client certificate cannot be used' },
])('a client certificate $name is a failure before the first request', async ({ names, words }) => {
  await using registry = await serve((_, response) => response.end(body), pairs.good);
  using client = openClient();
  const source = sourceAt(registry.host, { ...secure, certificates: names.map((name) => file(name, 'x')) });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { code: 'tls', kind: 'permanent', message: expect.stringContaining(words) },
  });
  expect(registry.connections()).toBe(0);
});

test('CAs of the system are read once, and for TLS only', async () => {
  await using plain = await serve((_, response) => response.end(body));
  await using registry = await serve((_, response) => response.end(body), pairs.good);
  let read = 0;
  using client = openClient({
    ca: () => {
      read += 1;
      return [authority.cert];
    },
  });
  await client.manifest(sourceAt(plain.host), '1', within);
  expect(read).toBe(0);
  await Promise.all(
    ['1', '2', '3'].map((tag) => client.manifest(sourceAt(registry.host, secure), tag, within)),
  );
  expect(read).toBe(1);
});
