import { randomBytes } from 'node:crypto';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { newLargeReads } from '../../../../src/tools/registry/client/large-reads.js';

interface OnRead {
  readonly buffer: () => Buffer;
  readonly callback: (this: Socket, bytesRead: number) => boolean;
}

/** A connection, what its reader gets of bytes that are read, and the buffer for the next ones. */
function connection(reads: ReturnType<typeof newLargeReads>) {
  const agent = new Agent();
  let onread: OnRead | undefined;
  agent.createConnection = (options: object) => {
    onread = (options as { onread: OnRead }).onread;
    return new Socket();
  };
  reads.use(agent);
  agent.createConnection({});
  const { buffer, callback } = onread as OnRead;
  const socket = new Socket();
  const got: Buffer[] = [];
  return {
    got,
    buffer,
    listen: async () => {
      socket.on('data', (piece) => got.push(piece));
      await sleep(1);
    },
    read: (bytes: Buffer) => callback.call(socket, bytes.copy(buffer())),
  };
}

function answer(): { message: IncomingMessage; pushed: Buffer[] } {
  const pushed: Buffer[] = [];
  return {
    pushed,
    message: { push: (chunk: Buffer) => pushed.push(chunk) > 0 } as unknown as IncomingMessage,
  };
}

const [first, second] = [Buffer.from('first'), Buffer.from('other')];

test('reads into one buffer again and again while somebody reads', async () => {
  const { listen, read, got, buffer } = connection(newLargeReads());
  await listen();
  const before = buffer();
  read(first);
  expect(got.map(String)).toEqual(['first']);
  expect(buffer()).toBe(before);
});

test('what nobody reads yet is kept as it came', async () => {
  const { listen, read, got } = connection(newLargeReads());
  read(first);
  read(second);
  await listen();
  expect(Buffer.concat(got).toString()).toBe('firstother');
});

test('where a parser hands on no copies, nothing is used again', async () => {
  const reads = newLargeReads();
  const { listen, read, got, buffer } = connection(reads);
  const { message, pushed } = answer();
  reads.watch(message);
  first.copy(buffer());
  message.push(buffer().subarray(0, 5));
  message.push(null);
  second.copy(buffer());
  expect(String(pushed[0])).toBe('first');
  await listen();
  read(first);
  read(second);
  expect(Buffer.concat(got).toString()).toBe('firstother');
});

test('the parser of this Node hands on copies, and a body arrives as it was sent, however it is read', async () => {
  const body = randomBytes(3_000_000);
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    for (let at = 0; at < body.length; at += 70_001) response.write(body.subarray(at, at + 70_001));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const reads = newLargeReads();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  reads.use(agent);
  for (const pausesMs of [null, 0, 5]) {
    const chunks: Buffer[] = [];
    const message = await new Promise<IncomingMessage>((resolve) =>
      get({ port, host: '127.0.0.1', agent }, (incoming) => {
        reads.watch(incoming);
        resolve(incoming);
      }),
    );
    if (pausesMs !== null) await sleep(20);
    for await (const chunk of message) {
      chunks.push(chunk as Buffer);
      if (pausesMs !== null && chunks.length % 8 === 0) await sleep(pausesMs);
    }
    expect(Buffer.concat(chunks).equals(body)).toBe(true);
  }
});
