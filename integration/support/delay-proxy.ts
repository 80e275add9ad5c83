import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** A way to a server on which every round trip takes its time, that of the connection included. */
export type DelayProxy = {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** What a round trip takes from now on. */
  readonly delay: (ms: number) => void;
  /** Since the start or the last `forget`. */
  readonly connections: () => number;
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
};

/** Starts one without a delay on a free port. What it carries may be encrypted: it looks at no byte. */
export async function startDelayProxy(targetPort: number): Promise<DelayProxy> {
  let roundTripMs = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    connections += 1;
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [each, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(each);
      each.on('error', () => other.destroy());
      each.on('close', () => {
        sockets.delete(each);
        other.destroy();
      });
    }
    upstream.pipe(client);
    // A client of this proxy has its connection at once. On a real way it would still wait for that.
    const connectedAt = performance.now() + roundTripMs;
    let before: Promise<unknown> = Promise.resolve();
    const later = (send: () => void) => {
      const at = Math.max(performance.now(), connectedAt) + roundTripMs;
      before = before.then(() => sleep(at - performance.now())).then(send);
    };
    client.on('data', (chunk) => later(() => upstream.write(chunk)));
    client.on('end', () => later(() => upstream.end()));
  });
  server.listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port');
  return {
    host: `127.0.0.1:${address.port}`,
    delay: (ms) => {
      roundTripMs = ms;
    },
    connections: () => connections,
    forget: () => {
      connections = 0;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
