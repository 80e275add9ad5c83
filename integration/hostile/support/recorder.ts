import { once } from 'node:events';
import * as http from 'node:http';
import { freePort } from '../../support/free-port.js';
import type { Cleanup } from '../../support/temp.js';

/** Who listens where no credential may arrive. */
export interface Recorder {
  /** It listens on 127.0.0.1 and 127.0.0.2, and its answers let everybody in. */
  readonly port: number;
  /** Makes every other host this one: what a program would send there comes here. */
  readonly proxyEnv: Readonly<Record<string, string>>;
  /** Each request, with its headers. */
  readonly asked: () => readonly string[];
  /** How it answers; otherwise with a token. */
  readonly answer: (how: http.RequestListener) => void;
}

export async function startRecorder(cleanup: Cleanup): Promise<Recorder> {
  const asked: string[] = [];
  const token = '{"token":"elsewhere","access_token":"elsewhere"}';
  let how: http.RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(token);
  };
  const record = ({ method, url, rawHeaders }: http.IncomingMessage) => {
    asked.push(`${method} ${url} ${JSON.stringify(rawHeaders)}`);
  };
  const port = await freePort();
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const server = http.createServer((request, response) => {
      record(request);
      request.resume();
      how(request, response);
    });
    server.on('connect', (request, socket) => {
      record(request);
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    server.listen(port, address);
    await once(server, 'listening');
    cleanup.add(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const proxy = `http://127.0.0.1:${port}`;
  const none = { NO_PROXY: '', no_proxy: '' };
  return {
    port,
    proxyEnv: { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, https_proxy: proxy, ...none },
    asked: () => asked,
    answer: (next) => {
      how = next;
    },
  };
}
