import { once } from 'node:events';
import * as http from 'node:http';
import { errorBody } from './fault.js';

/** A reverse proxy that answers some requests with 503. */
export type UnreliableProxy = {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Begins the sequence of good and bad answers that belongs to the number, from 1 to 2³¹ − 2. */
  readonly reseed: (seed: number) => void;
  readonly stop: () => Promise<void>;
};

/** Starts a proxy in front of `target`, an http URL, that fails the given share of requests, 0 to 1. */
export async function startUnreliableProxy(target: string, share: number): Promise<UnreliableProxy> {
  const agent = new http.Agent({ keepAlive: true });
  let random = newRandom(1);
  const server = http.createServer((request, response) => {
    if (random() < share) {
      request.resume();
      response.writeHead(503, { 'content-type': 'application/json' }).end(errorBody(503));
      return;
    }
    const { method, headers, url } = request;
    const options = { agent, ...(method && { method }), headers };
    const upstream = http.request(new URL(url ?? '/', target), options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The listening proxy has no port');
  return {
    host: `127.0.0.1:${address.port}`,
    reseed: (seed) => {
      random = newRandom(seed);
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

/** Numbers from 0 to 1: the "minimal standard" generator of Park and Miller (CACM 31, 1988). */
function newRandom(seed: number): () => number {
  const modulus = 2 ** 31 - 1;
  let state = seed;
  const next = () => {
    state = (state * 48_271) % modulus;
    return state / modulus;
  };
  // The first number of a small seed is small.
  next();
  return next;
}
