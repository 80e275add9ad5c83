import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  decodedAuthorization,
  type HostBehaviour,
  type Reply,
  registryReply,
  tokenReply,
} from './replies.js';
import type { TestCertificates } from './test-certificates.js';
import type { TinyImage } from './tiny-image.js';

/** A connection to one host, and what came of it. Its fields are filled in as it goes on. */
export interface RecordedConnection {
  /** `host:port`, with the port of the scheme where none was named. */
  readonly host: string;
  readonly scheme: 'https' | 'http';
  /** `refused`: the client did not accept the certificate. `rejected`: it showed none and had to. `pending`: it left. */
  tls: 'pending' | 'ok' | 'refused' | 'rejected' | 'down' | 'no-tls';
  /** The common name of the certificate that the client showed. */
  client?: string;
  readonly requests: RecordedRequest[];
  /** Where it stands in the order of all connections and requests. */
  readonly order: number;
}

/** One request, with all secrets as they came. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** `none`, `basic USER:PASSWORD`, `bearer SUBJECT SCOPE` for a token of ours, or the header as it is. */
  readonly authorization: string;
  /** Of a token request: the form of a POST. */
  body: string;
  status: number;
  /** Where it stands in the order of all connections and requests: connections are used again. */
  readonly order: number;
}

export interface RecordingProxy {
  /** For HTTP_PROXY and HTTPS_PROXY. */
  readonly url: string;
  /** From now on these hosts are there; all others are down. Forgets what was recorded. */
  readonly begin: (hosts: ReadonlyMap<string, HostBehaviour>) => void;
  /** What was recorded, in the order in which connections were wanted. Waits until every connection has ended. */
  readonly recorded: () => Promise<readonly RecordedConnection[]>;
  readonly stop: () => Promise<void>;
}

const endMs = 5_000;

/** Starts a proxy on loopback that is every registry and token server itself, and serves `image` under any name. */
export async function startRecordingProxy(
  certificates: TestCertificates,
  image: TinyImage,
): Promise<RecordingProxy> {
  let hosts: ReadonlyMap<string, HostBehaviour> = new Map();
  let connections: RecordedConnection[] = [];
  const open = new Set<Socket>();
  let order = 0;
  const next = () => {
    order += 1;
    return order;
  };

  // Of plain HTTP, a proxy gets the whole URL.
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '');
    if (url === null) {
      send(response, { status: 400, body: 'no URL' });
      return;
    }
    const host = `${url.hostname}:${url.port === '' ? '80' : url.port}`;
    const behaviour = hosts.get(host);
    const connection: RecordedConnection = { host, scheme: 'http', tls: 'ok', requests: [], order: next() };
    connections.push(connection);
    if (behaviour === undefined || behaviour.listens === 'down' || behaviour.listens === 'https') {
      connection.tls = 'down';
      send(response, { status: 403, body: 'nobody there' });
      return;
    }
    answer(request, response, connection, behaviour, `${url.pathname}${url.search}`);
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // HTTP leaves the half of a connection open that the client has not ended.
    socket.on('end', () => socket.destroySoon());
    socket.on('error', () => undefined);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const host = request.url ?? '';
    const behaviour = hosts.get(host);
    const connection: RecordedConnection = {
      host,
      scheme: 'https',
      tls: 'pending',
      requests: [],
      order: next(),
    };
    connections.push(connection);
    if (behaviour === undefined || behaviour.listens === 'down') {
      connection.tls = 'down';
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    if (behaviour.listens === 'plain') {
      connection.tls = 'no-tls';
      socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
      return;
    }
    if (head.length > 0) socket.unshift(head);
    secure(socket, connection, behaviour);
  });

  function secure(socket: Socket, connection: RecordedConnection, behaviour: HostBehaviour): void {
    const { cert, key } = certificates[behaviour.certificate];
    const inner = createTlsServer(
      {
        cert,
        key,
        ca: certificates.clientCa,
        requestCert: true,
        rejectUnauthorized: behaviour.demandsClient,
      },
      (request, response) => answer(request, response, connection, behaviour, request.url ?? ''),
    );
    inner.on('secureConnection', (tls: TLSSocket) => {
      connection.tls = 'ok';
      const subject = tls.getPeerCertificate().subject as { CN?: string } | undefined;
      if (subject?.CN !== undefined) connection.client = subject.CN;
    });
    inner.on('tlsClientError', (error: NodeJS.ErrnoException) => {
      // With TLS 1.3 a client that refuses may tell after the handshake.
      if (/peer did not return a certificate/i.test(error.message)) connection.tls = 'rejected';
      else if (/alert/i.test(error.message)) connection.tls = 'refused';
      else connection.tls = 'pending';
      socket.destroy();
    });
    inner.emit('connection', socket);
  }

  function answer(
    request: IncomingMessage,
    response: ServerResponse,
    connection: RecordedConnection,
    behaviour: HostBehaviour,
    path: string,
  ): void {
    const record: RecordedRequest = {
      method: request.method ?? '',
      path,
      authorization: decodedAuthorization(request.headers.authorization),
      body: '',
      status: 0,
      order: next(),
    };
    connection.requests.push(record);
    request.setEncoding('utf8').on('data', (text: string) => {
      record.body += text;
    });
    request.on('end', () => {
      response.on('finish', () => {
        record.status = response.statusCode;
      });
      const reply = path.startsWith('/token')
        ? tokenReply(record, behaviour)
        : registryReply(record, connection, behaviour, image);
      send(response, reply);
    });
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    begin: (next) => {
      hosts = next;
      connections = [];
    },
    recorded: async () => {
      const until = performance.now() + endMs;
      while (open.size > 0 && performance.now() < until)
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
      for (const socket of open) socket.destroy();
      return connections;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}
