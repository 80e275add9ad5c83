import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, sayNothing } from './answers.js';
import { parseRequestPath, type RequestPath } from './request-path.js';
import { newDoorkeeper } from './strangers.js';

export interface ServerOptions {
  readonly secret: string;
  /** Answers what podman asks for. A rejection cuts the connection. */
  readonly respond: (path: RequestPath, request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** podman may ask for a thousand ranges. */
const headerLimit = 64 * 1024;
/** For the head of a request; whoever says nothing for so long goes. */
const requestLimitMs = 10_000;
const checkMs = 2_000;
/** Between two requests of a podman, which is busy with its store for so long at times. */
const idleMs = 60_000;
/** Of all, and those of other users among them. */
const mostConnections = 1024;
/** So much may wait in a connection. */
const writableBytes = 1024 * 1024;

/** A server that nobody can break, and that tells those who do not know the secret nothing but that it is there. */
export function newServer({ secret, respond }: ServerOptions): Server {
  const server = createServer(
    {
      maxHeaderSize: headerLimit,
      headersTimeout: requestLimitMs,
      requestTimeout: requestLimitMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: idleMs,
      highWaterMark: writableBytes,
      noDelay: true,
    },
    (request, response) => {
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      // Nobody reads a body; podman's requests have none.
      request.resume();
      const { method, url = '' } = request;
      // podman pings without the path, before anything else.
      if ((method === 'GET' || method === 'HEAD') && url === '/v2/') return ping(response);
      const path = parseRequestPath(url, secret);
      if (path === null || (method !== 'GET' && method !== 'HEAD')) return sayNothing(response);
      respond(path, request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = mostConnections;
  server.on('connection', newDoorkeeper());
  // TLS, which podman tries first, and whatever else is no request.
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  server.on('connect', (_, socket) => socket.destroy());
  server.on('upgrade', (_, socket) => socket.destroy());
  server.on('error', () => undefined);
  return server;
}

function ping(response: ServerResponse): void {
  answer(response, 200, Buffer.from('{}'), {
    'content-type': 'application/json',
    'docker-distribution-api-version': 'registry/2.0',
  });
}
