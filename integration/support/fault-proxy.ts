import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorBody, type Fault, type FaultAction, newFaults } from './fault.js';
import { freePort } from './free-port.js';
import { newThrottle, type Throttle } from './throttle.js';
import type { ServerCertificate } from './tls.js';
import { openRecord, type ProxyRequest, type RequestRecord } from './traffic.js';

export type FaultProxyOptions = {
  /** Base URL of the registry behind, http or https. */
  readonly target: string;
  /** The authority that signed the target's certificate. */
  readonly targetCa?: string;
  /** Makes the proxy itself speak TLS. */
  readonly tls?: ServerCertificate;
  readonly bytesPerSecond?: number;
};

/** A reverse proxy in front of a registry; credentials and challenges pass through it untouched. */
export type FaultProxy = {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string;
  readonly url: string;
  readonly addFault: (fault: Fault) => void;
  readonly clearFaults: () => void;
  /** Limits the bodies of all responses together; `undefined` removes the limit. */
  readonly throttle: (bytesPerSecond: number | undefined) => void;
  /** Stops listening and drops every connection, so that clients see "connection refused". */
  readonly refuse: () => Promise<void>;
  /** Listens again on the same port. */
  readonly accept: () => Promise<void>;
  /** Every request since the start or the last `forget`, in order of arrival. */
  readonly requests: () => readonly ProxyRequest[];
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
};

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const faults = newFaults();
  const throttle = newThrottle(options.bytesPerSecond);
  let records: RequestRecord[] = [];
  const forward = await newForwarder(options);
  const listener: http.RequestListener = (request, response) => {
    const record = openRecord(request);
    records.push(record);
    response.on('close', () => record.close(response.writableFinished));
    const action = faults.take(record);
    serve(request, response, record, action, forward, throttle).catch(() => response.destroy());
  };
  const server = options.tls
    ? https.createServer(
        { cert: await readFile(options.tls.certFile), key: await readFile(options.tls.keyFile) },
        listener,
      )
    : http.createServer(listener);
  // Longer than any test pauses: a connection that is closed while idle looks like a fault.
  server.keepAliveTimeout = 120_000;

  const port = await listenOnFreePort(server);
  const host = `127.0.0.1:${port}`;
  const refuse = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    host,
    url: `${options.tls ? 'https' : 'http'}://${host}`,
    addFault: faults.add,
    clearFaults: faults.clear,
    throttle: throttle.set,
    refuse,
    accept: async () => {
      if (!server.listening) await listen(server, port);
    },
    requests: () => records,
    forget: () => {
      records = [];
    },
    stop: async () => {
      await refuse();
      forward.agent.destroy();
    },
  };
}

type Forwarder = {
  readonly agent: http.Agent;
  readonly send: (request: http.IncomingMessage) => Promise<http.IncomingMessage>;
};

async function newForwarder(options: FaultProxyOptions): Promise<Forwarder> {
  const secure = options.target.startsWith('https:');
  const agent = secure
    ? new https.Agent({ keepAlive: true, ...(options.targetCa && { ca: await readFile(options.targetCa) }) })
    : new http.Agent({ keepAlive: true });
  const send: Forwarder['send'] = (request) =>
    new Promise((resolve, reject) => {
      const url = new URL(request.url ?? '/', options.target);
      const { method, headers } = request;
      const upstream = (secure ? https : http).request(
        url,
        { agent, ...(method && { method }), headers },
        resolve,
      );
      upstream.on('error', reject);
      request.on('close', () => {
        if (!request.complete) upstream.destroy();
      });
      request.pipe(upstream);
    });
  return { agent, send };
}

async function serve(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  record: RequestRecord,
  action: FaultAction | undefined,
  forward: Forwarder,
  throttle: Throttle,
): Promise<void> {
  if (action?.kind === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  if (action?.kind === 'status') {
    answer(request, response, record, action);
    return;
  }
  if (action?.kind === 'endless') {
    record.status = 200;
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    for (const slice = randomBytes(sliceBytes); !response.destroyed; record.bytesSent += slice.length) {
      await throttle.take(slice.length);
      await write(response, slice);
    }
    return;
  }
  if (action?.kind === 'delay') await sleep(action.ms);
  if (action?.kind === 'hold' || action?.kind === 'cut') await action.until;
  const upstream = await forward.send(request);
  response.on('close', () => upstream.destroy());
  const { connection, 'keep-alive': keepAlive, ...headers } = upstream.headers;
  record.status = upstream.statusCode ?? 502;
  response.writeHead(record.status, headers);
  response.flushHeaders();
  await sendBody(upstream, response, record, action, throttle);
}

function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  record: RequestRecord,
  action: Extract<FaultAction, { kind: 'status' }>,
): void {
  const body = Buffer.from(action.body ?? errorBody(action.status));
  record.status = action.status;
  if (action.challenge !== undefined) response.setHeader('www-authenticate', action.challenge);
  if (action.retryAfterSeconds !== undefined) response.setHeader('retry-after', action.retryAfterSeconds);
  response.writeHead(action.status, { 'content-type': 'application/json', 'content-length': body.length });
  request.resume();
  if (request.method !== 'HEAD') record.bytesSent = body.length;
  response.end(body);
}

// Small enough for an even flow at low rates and for many streams that share one limit.
const sliceBytes = 16 * 1024;

async function sendBody(
  upstream: http.IncomingMessage,
  response: http.ServerResponse,
  record: RequestRecord,
  action: FaultAction | undefined,
  throttle: Throttle,
): Promise<void> {
  const limit = action?.kind === 'cut' || action?.kind === 'stall' ? action.afterBytes : Infinity;
  for await (const chunk of upstream as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < chunk.length; offset += sliceBytes) {
      const wanted = chunk.subarray(offset, offset + sliceBytes);
      const slice = wanted.subarray(0, limit - record.bytesSent);
      if (action?.kind === 'corrupt' && record.bytesSent === 0) slice[0] = 0xff ^ (slice[0] ?? 0);
      await throttle.take(slice.length);
      if (response.destroyed) return;
      await write(response, slice);
      record.bytesSent += slice.length;
      if (slice.length < wanted.length) {
        if (action?.kind === 'cut') response.destroy();
        else await once(response, 'close');
        return;
      }
    }
  }
  response.end();
}

function write(response: http.ServerResponse, slice: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(slice, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

const listenAttempts = 5;

async function listenOnFreePort(server: http.Server): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      if (attempt === listenAttempts) throw error;
    }
  }
}

async function listen(server: http.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
