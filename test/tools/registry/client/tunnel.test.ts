import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemTimer } from '../../../../src/pull/system-timer.js';
import { openTransport } from '../../../../src/tools/registry/client/transport.js';
import { type Authority, type KeyPair, newAuthority } from './certificates.js';
import { openClient, serve, sourceAt, within } from './local-registry.js';

let authority: Authority;
let pair: KeyPair;
let proxyPair: KeyPair;
beforeAll(() => {
  authority = newAuthority();
  pair = authority.issue('good', 'IP:127.0.0.1, DNS:r.example');
  proxyPair = authority.issue('proxy', 'IP:127.0.0.1');
});
afterAll(() => authority[Symbol.dispose]());

/** A proxy that connects to `port` of this machine, whatever it is asked for. */
async function serveProxy(port: number, tls?: KeyPair, status = 200) {
  const asked: string[] = [];
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on('connect', (request, socket) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    socket.on('error', () => undefined);
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    return undefined;
  });
  server.on('request', (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const secure = { isInsecure: false };

test.each(['http', 'https'] as const)(
  'a registry is reached by TLS through a proxy of %s',
  async (scheme) => {
    await using registry = await serve((_, response) => response.end('{}'), pair);
    await using proxy = await serveProxy(registry.port, scheme === 'https' ? proxyPair : undefined);
    const env = { HTTPS_PROXY: `${scheme}://me:p%40ss@${proxy.host}` };
    using client = openClient({ env, ca: () => [authority.cert] });
    const source = sourceAt('r.example', secure);
    expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
    expect(await client.manifest(source, '2', within)).toMatchObject({ kind: 'found' });
    expect(proxy.asked).toEqual([`CONNECT r.example:443 Basic ${btoa('me:p@ss')}`]);
    expect(registry.asked).toEqual(['GET /v2/app/manifests/1', 'GET /v2/app/manifests/2']);
  },
);

test('a registry without TLS is asked for at the proxy', async () => {
  await using proxy = await serveProxy(1);
  using client = openClient({ env: { http_proxy: `me:pass@${proxy.host}` } });
  const source = sourceAt('r.invalid:5000', { isInsecure: true });
  expect(await client.manifest(source, '1', within)).toMatchObject({ kind: 'found' });
  expect(proxy.asked).toEqual([`GET http://r.invalid:5000/v2/app/manifests/1 Basic ${btoa('me:pass')}`]);
});

test('what is asked for by plain HTTP goes to a proxy whose certificate is its own', async () => {
  await using proxy = await serveProxy(1, proxyPair);
  using transport = openTransportTo(`https://${proxy.host}`);
  const request = {
    method: 'GET',
    url: new URL('http://r.invalid/v2/'),
    headers: {},
    isRemoteOnly: true,
  } as const;
  const trust = { certificates: [], isOwnHost: true, isInsecure: false };
  const answer = await transport.exchange({ ...request, trust }, within.signal);
  expect(answer).toMatchObject({ kind: 'response', status: 200 });
  expect(proxy.asked).toEqual(['GET http://r.invalid/v2/']);
});

function openTransportTo(proxy: string) {
  const transport = openTransport({
    ca: () => [authority.cert],
    env: { HTTP_PROXY: proxy },
    timer: systemTimer,
  });
  return { ...transport, [Symbol.dispose]: transport.close };
}

test('the certificate is that of the registry, whoever is between', async () => {
  await using registry = await serve((_, response) => response.end('{}'), pair);
  await using proxy = await serveProxy(registry.port);
  using client = openClient({ env: { HTTPS_PROXY: `http://${proxy.host}` }, ca: () => [authority.cert] });
  expect(await client.manifest(sourceAt('other.example', secure), '1', within)).toMatchObject({
    failure: { code: 'tls', kind: 'permanent' },
  });
});

test.each([
  { status: 407, kind: 'permanent' },
  { status: 403, kind: 'permanent' },
  { status: 502, kind: 'transient' },
])('a proxy that answers with $status is told, without its password', async ({ status, kind }) => {
  await using proxy = await serveProxy(1, undefined, status);
  using client = openClient({ env: { HTTPS_PROXY: `http://me:secret@${proxy.host}` } });
  const result = await client.manifest(sourceAt('r.example', secure), '1', within);
  expect(result).toMatchObject({
    failure: {
      code: 'connection',
      kind,
      message: `GET https://r.example/v2/app/manifests/1: the proxy answers with status ${status}`,
    },
  });
});

test('a proxy that never answers keeps nothing open', async () => {
  let asked = 0;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const silent = createServer().on('connect', (_, socket) => {
    asked += 1;
    socket.on('error', end).on('end', end).resume();
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const client = openClient({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } });
  const answer = client.manifest(sourceAt('r.example', secure), '1', within);
  while (asked === 0) await new Promise(setImmediate);
  client.close();
  expect(await answer).toMatchObject({ kind: 'failed' });
  await ended;
  silent.close();
});

test('SOCKS is for podman', async () => {
  using client = openClient({ env: { HTTPS_PROXY: 'socks5://me:secret@127.0.0.1:1' } });
  expect(await client.manifest(sourceAt('r.example', secure), '1', within)).toEqual({
    kind: 'unsupported',
    what: 'the proxy scheme socks5',
  });
});
