import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Credentials, RegistrySource } from '../../../../src/model/registry-source.js';
import { systemTimer } from '../../../../src/pull/system-timer.js';
import { type ClientOptions, openRegistryClient } from '../../../../src/tools/registry/client/client.js';

/** A server on a port of loopback, with what it was asked. */
export interface LocalServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** `GET /v2/… Authorization` */
  readonly asked: string[];
  readonly connections: () => number;
}

export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  tls?: ServerOptions,
): Promise<LocalServer> {
  const asked: string[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    const { authorization } = request.headers;
    asked.push([request.method, request.url, authorization].filter(Boolean).join(' '));
    answer(request, response);
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    port,
    asked,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sourceAt(registry: string, more: Partial<RegistrySource> = {}): RegistrySource {
  return {
    registry,
    repository: 'app',
    reference: '1',
    isInsecure: true,
    certificates: [],
    credentials: async () => ({ kind: 'anonymous' }),
    ...more,
  };
}

export function as(credentials: Credentials): Pick<RegistrySource, 'credentials'> {
  return { credentials: async () => credentials };
}

/** A client that does not wait, and never for longer than the test. */
export function openClient(more: Partial<ClientOptions> = {}) {
  const waits: number[] = [];
  const client = openRegistryClient({
    ca: () => [],
    env: {},
    timer: {
      ...systemTimer,
      sleep: async (ms) => {
        waits.push(ms);
      },
    },
    random: () => 0.5,
    attempts: 3,
    userAgent: 'bound-images/test',
    ...more,
  });
  return { ...client, waits, [Symbol.dispose]: client.close };
}

export const within = { signal: new AbortController().signal };
