import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openClient, serve, sourceAt, within } from './local-registry.js';

/** A server that answers each connection with bytes, and how many there were. */
async function serveBytes(answer: (socket: Socket, count: number) => void) {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    count += 1;
    const own = count;
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket, own));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok = 'HTTP/1.1 200 OK\r\n';

test.each([
  { name: 'is cut before the head', bytes: '', code: 'connection', kind: 'transient' },
  { name: 'is cut in the head', bytes: ok, code: 'connection', kind: 'transient' },
  {
    name: 'is cut in the body',
    bytes: `${ok}Content-Length: 10\r\n\r\nabc`,
    code: 'connection',
    kind: 'transient',
  },
  {
    name: 'is cut between chunks',
    bytes: `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    code: 'connection',
    kind: 'transient',
  },
  {
    name: 'has no number for its length',
    bytes: `${ok}Content-Length: ten\r\n\r\n`,
    code: 'connection',
    kind: 'transient',
  },
  {
    name: 'has two lengths',
    bytes: `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    code: 'connection',
    kind: 'transient',
  },
  { name: 'is no HTTP', bytes: 'SSH-2.0-OpenSSH_9.9\r\n', code: 'connection', kind: 'transient' },
  {
    name: 'changes to another protocol',
    bytes: 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    code: 'connection',
    kind: 'transient',
  },
  {
    name: 'has a head of megabytes',
    bytes: `${ok}X: ${'x'.repeat(2 * 1024 * 1024)}\r\n\r\n`,
    code: 'oversized',
    kind: 'permanent',
  },
])('an answer that $name is a failure', async ({ bytes, code, kind }) => {
  await using registry = await serveBytes((socket) => socket.end(bytes));
  using client = openClient({ attempts: 2 });
  const source = sourceAt(registry.host, { isInsecure: true });
  // TLS is tried first.
  const result = await client.manifest(source, '1', within);
  expect(result).toMatchObject({ failure: { code, kind } });
  expect(JSON.stringify(result).length).toBeLessThan(1000);
});

test('more bytes than the length says are no part of the answer', async () => {
  await using registry = await serveBytes((socket, count) =>
    socket.end(count === 1 ? '' : `${ok}Content-Length: 2\r\n\r\n{}xxxx`),
  );
  using client = openClient();
  expect(await client.manifest(sourceAt(registry.host), '1', within)).toMatchObject({ text: '{}' });
});

test('a body without end ends at the limit', async () => {
  await using registry = await serve((_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const more = () => {
      while (response.write(chunk));
    };
    response.on('drain', more);
    more();
  });
  using client = openClient();
  expect(await client.manifest(sourceAt(registry.host), '1', within)).toMatchObject({
    failure: { code: 'oversized', message: expect.stringContaining('longer than 4194304 bytes') },
  });
});

test.each([
  { name: 'a head', answer: () => undefined },
  {
    name: 'the end of a body',
    answer: (_: unknown, response: { write(text: string): unknown }) => {
      response.write('{');
    },
  },
])('who waits in vain for $name is stopped by the signal', async ({ answer }) => {
  await using registry = await serve((request, response) => {
    answer(request, response);
    setImmediate(() => stop.abort(new DOMException('x', 'TimeoutError')));
  });
  using client = openClient();
  const stop = new AbortController();
  expect(await client.manifest(sourceAt(registry.host), '1', { signal: stop.signal })).toMatchObject({
    failure: { code: 'timeout', kind: 'transient' },
  });
});

test('nobody listens there', async () => {
  const closed = await serve(() => undefined);
  await closed[Symbol.asyncDispose]();
  using client = openClient();
  const result = await client.manifest(sourceAt(closed.host, { isInsecure: false }), '1', within);
  expect(result).toMatchObject({
    failure: {
      code: 'connection',
      kind: 'transient',
      message: `https://${closed.host}: connection refused (connect ECONNREFUSED ${closed.host})`,
    },
  });
  expect(client.waits).toHaveLength(2);
});

test('a name that nobody knows', async () => {
  using client = openClient();
  const source = sourceAt('registry.invalid', { isInsecure: false });
  expect(await client.manifest(source, '1', within)).toMatchObject({
    failure: { code: 'dns', kind: 'transient' },
  });
});

test('connections are kept, shared, and no more than thirty-two', async () => {
  const held: { end(text: string): unknown }[] = [];
  let most = 0;
  await using registry = await serve((request, response) => {
    if (request.url === '/v2/app/manifests/first') {
      response.end('{}');
      return;
    }
    held.push(response);
    most = Math.max(most, held.length);
    if (held.length === 32) for (const each of held.splice(0)) each.end('{}');
  });
  using client = openClient();
  const tags = Array.from({ length: 96 }, (_, at) => `t${at}`);
  await client.manifest(sourceAt(registry.host), 'first', within);
  // TLS, which it does not speak, and then the one for the question.
  const before = registry.connections();
  await Promise.all(tags.map((tag) => client.manifest(sourceAt(registry.host), tag, within)));
  expect(most).toBe(32);
  expect(registry.connections() - before).toBe(31);
});

test('a kept connection that the server has closed is no failure', async () => {
  let sockets = 0;
  await using registry = await serveBytes((socket, count) => {
    sockets = count;
    socket.write(`${ok}Content-Length: 2\r\n\r\n{}`);
    // The next request on it is not answered.
    socket.once('data', () => socket.resetAndDestroy());
  });
  using client = openClient({ attempts: 1 });
  const source = sourceAt(registry.host);
  const first = await client.manifest(source, '1', within);
  const second = await client.manifest(source, '2', within);
  expect([first.kind, second.kind]).toEqual(['found', 'found']);
  // One that was greeted in TLS, and one for each question.
  expect(sockets).toBe(3);
});

test('after close nothing is asked, and nothing stays open', async () => {
  let ended = 0;
  await using registry = await serve((request) => {
    request.socket.once('close', () => {
      ended += 1;
    });
  });
  const client = openClient();
  const waiting = client.manifest(sourceAt(registry.host, { isInsecure: true }), '1', within);
  while (registry.asked.length === 0) await new Promise(setImmediate);
  client.close();
  expect(await waiting).toMatchObject({ kind: 'failed' });
  while (ended === 0) await new Promise(setImmediate);
  expect(await client.manifest(sourceAt(registry.host), '1', within)).toMatchObject({ kind: 'failed' });
  expect(registry.asked).toHaveLength(1);
});

test('a blob comes as a stream, which fails where it is cut', async () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  await using registry = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    const isCut = request.url?.includes('/cut/') === true;
    response.write('01234', () => (isCut ? response.destroy() : response.end('56789')));
  });
  using client = openClient();
  const read = async (repository: string) => {
    const blob = await client.blob(sourceAt(registry.host, { repository }), digest, within);
    if (blob.kind !== 'found') return blob;
    const chunks = [];
    for await (const chunk of blob.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  expect(await read('app')).toBe('0123456789');
  await expect(read('cut/app')).rejects.toThrow();
});

test('another host may lead to none of this machine, nor a name to its address', async () => {
  await using registry = await serve((_, response) => response.end('{}'));
  await using proxy = await serve((request, response) => {
    // Through a proxy, a registry is elsewhere.
    const { pathname } = new URL(request.url ?? '', 'http://r.example');
    const target = pathname.includes('/name/') ? `localhost:${registry.port}` : registry.host;
    response.writeHead(307, { location: `http://${target}/` }).end();
  });
  using client = openClient({
    env: { HTTP_PROXY: `http://${proxy.host}`, HTTPS_PROXY: 'http://127.0.0.1:1' },
  });
  for (const repository of ['app', 'name/app']) {
    const source = sourceAt('r.example', { repository });
    expect(await client.manifest(source, '1', within)).toMatchObject({
      failure: {
        code: 'connection',
        kind: 'permanent',
        message: expect.stringContaining(
          'another server names this address, which is of this machine or its link',
        ),
      },
    });
  }
  expect(registry.connections()).toBe(0);
});
