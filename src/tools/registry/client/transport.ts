import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as startHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as startHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Timer } from '../../../model/ports.js';
import type { Unsupported } from '../found.js';
import type { Exchange, Request, Response } from './exchange.js';
import { newLargeReads } from './large-reads.js';
import { isLocalAddress, isLocalHost, localAddressCode, lookupRemote } from './local-address.js';
import { networkRefusal } from './network-refusal.js';
import { paced } from './paced.js';
import { type ProxyChoice, proxiesOf } from './proxy.js';
import type { RateLimit } from './rate-limit.js';
import { type Refusal, refusal, stoppedRefusal } from './refusal.js';
import { type SystemCas, type TlsOptions, tlsSettings, trustKey } from './tls-settings.js';
import { proxyAuthorization, tunnel } from './tunnel.js';

/** Connections to one host at a time, kept for the next requests. */
const connectionsPerHost = 32;
/** For the header of an answer. */
const headerLimit = 64 * 1024;
/** For a connection to come about. Source: NewTransport in go.podman.io/image pkg/tlsclientconfig. */
const connectLimitMs = 30_000;
/** Of each address of a host; where IPv6 leads nowhere, the next one is tried after it. */
const addressLimitMs = 2_000;

export interface TransportOptions {
  readonly ca: SystemCas;
  /** For the proxies. */
  readonly env: NodeJS.ProcessEnv;
  readonly timer: Pick<Timer, 'sleep'>;
  /** Of all bodies; without one, they come as fast as they can. */
  readonly rateLimit?: RateLimit | undefined;
}

export interface Transport {
  readonly exchange: Exchange;
  /** Ends every connection, and every request that is under way. */
  close(): void;
}

/** A connection goes to a proxy, through one, or straight. */
interface Route {
  readonly proxy: Exclude<ProxyChoice, Unsupported>;
  /** Of the connection that the request itself is written to. */
  readonly agent: HttpAgent;
  readonly isTls: boolean;
}

/** HTTP/1.1 by Node's own client, with the trust and the proxies of podman. */
export function openTransport({ ca, env, timer, rateLimit }: TransportOptions): Transport {
  const proxyOf = proxiesOf(env);
  const tlsOf = tlsSettings(ca);
  const agents = new Map<string, HttpAgent>();
  const reads = newLargeReads();
  const underWay = new Set<() => void>();
  let isClosed = false;
  const bodyOf = (incoming: IncomingMessage): Readable => {
    reads.watch(incoming);
    return rateLimit === undefined ? incoming : paced(incoming, rateLimit, timer);
  };

  function routeOf(request: Request): Route | Refusal | Unsupported {
    const { url, trust, isRemoteOnly } = request;
    const proxy = proxyOf(url);
    if (proxy.kind === 'unsupported') return proxy;
    const isTls = url.protocol === 'https:';
    const tls = isTls || proxyIsTls(proxy) ? tlsOf(trust) : null;
    if (typeof tls === 'string') return refusal(request, 'tls', 'permanent', tls);
    const through = proxy.kind === 'proxy' ? proxy.url.href : '';
    const key = `${url.protocol} ${tls === null ? '' : trustKey(trust)} ${isRemoteOnly} ${through}`;
    let agent = agents.get(key);
    if (agent === undefined) {
      const proxyTls = proxyIsTls(proxy) ? tlsOf({ ...trust, isOwnHost: false }) : null;
      if (typeof proxyTls === 'string') return refusal(request, 'tls', 'permanent', proxyTls);
      agent = newAgent(isTls, tls, proxy, proxyTls, isRemoteOnly, underWay);
      reads.use(agent);
      agents.set(key, agent);
    }
    return { proxy, agent, isTls: proxy.kind === 'proxy' && !isTls ? proxyIsTls(proxy) : isTls };
  }

  const exchange: Exchange = async (request, signal) => {
    if (isClosed) return refusal(request, 'interrupted', 'transient', 'interrupted');
    if (signal.aborted) return stoppedRefusal(request, signal);
    if (request.isRemoteOnly && isLocalHost(request.url.hostname)) return leadsHere(request);
    const route = routeOf(request);
    if ('kind' in route) return route;
    // An idle connection may have been closed by the other side while we wrote to it.
    for (let stale = 0; ; stale += 1) {
      const sent = await send(request, route, signal, { underWay, bodyOf }).catch((error) =>
        networkRefusal(request, error),
      );
      if (sent !== 'stale' || stale > connectionsPerHost) {
        return sent === 'stale'
          ? refusal(request, 'connection', 'transient', 'the connection was cut')
          : sent;
      }
    }
  };

  return {
    exchange,
    close: () => {
      isClosed = true;
      for (const stop of [...underWay]) stop();
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function proxyIsTls(proxy: Route['proxy']): boolean {
  return proxy.kind === 'proxy' && proxy.url.protocol === 'https:';
}

function newAgent(
  isTls: boolean,
  tls: TlsOptions | null,
  proxy: Route['proxy'],
  proxyTls: TlsOptions | null,
  isRemoteOnly: boolean,
  underWay: Set<() => void>,
): HttpAgent {
  const options = {
    keepAlive: true,
    maxSockets: connectionsPerHost,
    maxFreeSockets: connectionsPerHost,
    scheduling: 'lifo',
    autoSelectFamilyAttemptTimeout: addressLimitMs,
    // A proxy is the operator's choice, and asks for the addresses itself.
    ...(isRemoteOnly && proxy.kind === 'direct' ? { lookup: lookupRemote } : {}),
  } as const;
  if (!isTls) return proxyTls === null ? new HttpAgent(options) : new HttpsAgent({ ...options, ...proxyTls });
  const agent = new HttpsAgent({ ...options, ...tls });
  if (proxy.kind === 'proxy') {
    agent.createConnection = tunnel(proxy.url, proxyTls, { headerLimit, connectLimitMs }, underWay);
  }
  return agent;
}

function leadsHere(request: Request): Refusal {
  const words = 'another server names this address, which is of this machine or its link';
  return refusal(request, 'connection', 'permanent', words);
}

interface Connections {
  /** What ends requests that are under way. */
  readonly underWay: Set<() => void>;
  readonly bodyOf: (answer: IncomingMessage) => Readable;
}

/** One request on one connection; `stale` when it was one of those kept, and got nothing for an answer. */
function send(
  request: Request,
  { proxy, agent, isTls }: Route,
  signal: AbortSignal,
  { underWay, bodyOf }: Connections,
): Promise<Response | Refusal | 'stale'> {
  const { method, url, headers, body } = request;
  const isForwarded = proxy.kind === 'proxy' && url.protocol === 'http:';
  const peer = isForwarded ? proxy.url : url;
  const peerHost = peer.hostname.replace(/^\[|\]$/g, '');
  const authorization = isForwarded ? proxyAuthorization(proxy.url) : null;
  return new Promise((resolve) => {
    const outgoing: ClientRequest = (isTls ? startHttps : startHttp)({
      method,
      agent,
      protocol: isTls ? 'https:' : 'http:',
      host: peerHost,
      // Node would take the name that it verifies from the field `Host`, which is not that of a proxy.
      ...(isTls && isForwarded ? { servername: isIP(peerHost) === 0 ? peerHost : '' } : {}),
      port: peer.port || (isTls ? 443 : 80),
      path: isForwarded ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        ...headers,
        ...(authorization === null ? {} : { 'proxy-authorization': authorization }),
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      maxHeaderSize: headerLimit,
    });
    const stop = () => {
      outgoing.destroy(new Error('stopped'));
      // One without a connection, which waits for its turn or for a proxy, says nothing about its end.
      done();
      resolve(stoppedRefusal(request, signal));
    };
    const done = () => {
      signal.removeEventListener('abort', stop);
      underWay.delete(stop);
    };
    signal.addEventListener('abort', stop, { once: true });
    underWay.add(stop);
    outgoing.once('socket', limitConnecting);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      done();
      if (signal.aborted) resolve(stoppedRefusal(request, signal));
      else if (error.code === localAddressCode) resolve(leadsHere(request));
      else if (outgoing.reusedSocket && /^(?:ECONNRESET|EPIPE)$/.test(error.code ?? '')) resolve('stale');
      else resolve(networkRefusal(request, error));
    });
    // Without somebody who listens, Node drops the connection and says nothing.
    outgoing.once('upgrade', (_, socket) => {
      socket.destroy();
      done();
      resolve(
        refusal(
          request,
          'connection',
          'transient',
          'its answer is not HTTP (it changes to another protocol)',
        ),
      );
    });
    outgoing.once('response', (incoming) => {
      incoming.once('close', done);
      // Whoever reads it gets the error as well.
      incoming.on('error', () => undefined);
      const isLocal = isLocalHost(url.hostname) || (proxy.kind === 'direct' && isLocalPeer(incoming.socket));
      resolve({
        kind: 'response',
        status: incoming.statusCode ?? 0,
        header: headerOf(incoming),
        body: bodyOf(incoming),
        isLocal,
      });
    });
    outgoing.end(body);
  });
}

function headerOf({ headersDistinct }: IncomingMessage): Response['header'] {
  return (name) => (Object.hasOwn(headersDistinct, name) ? (headersDistinct[name] ?? []) : []);
}

function isLocalPeer({ remoteAddress }: Socket): boolean {
  return remoteAddress !== undefined && isLocalAddress(remoteAddress);
}

/** A socket that takes too long to become a connection is destroyed with `ETIMEDOUT`. */
function limitConnecting(socket: Socket): void {
  const isSecuring = (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting === true;
  if (!socket.connecting && !isSecuring) return;
  const end = () =>
    socket.destroy(Object.assign(new Error('no connection came about in time'), { code: 'ETIMEDOUT' }));
  socket.setTimeout(connectLimitMs, end);
  socket.once(isSecuring || 'encrypted' in socket ? 'secureConnect' : 'connect', () => {
    socket.setTimeout(0);
    socket.removeListener('timeout', end);
  });
}
