import { request as startHttp } from 'node:http';
import { request as startHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import type { TlsOptions } from './tls-settings.js';

interface Limits {
  /** Bytes of the proxy's answer. */
  readonly headerLimit: number;
  readonly connectLimitMs: number;
}

type Created = (error: Error | null, socket: Duplex) => void;

/**
 * Makes the connections of an agent for TLS through a proxy (`CONNECT`, RFC 9110, section 9.3.6).
 *
 * @param proxyTls for a proxy that is itself reached by TLS
 * @param underWay gets what ends a connection that does not exist yet
 */
export function tunnel(
  proxy: URL,
  proxyTls: TlsOptions | null,
  { headerLimit, connectLimitMs }: Limits,
  underWay: Set<() => void>,
) {
  return (options: object, created?: Created): undefined => {
    const target = options as ConnectionOptions & { host: string; port: number };
    const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
    const authorization = proxyAuthorization(proxy);
    const isTls = proxy.protocol === 'https:';
    const fail = (error: Error) => created?.(error, undefined as never);
    const host = proxy.hostname.replace(/^\[|\]$/g, '');
    const asked = (isTls ? startHttps : startHttp)({
      method: 'CONNECT',
      host,
      // Node would take the name that it verifies from the field `Host`.
      ...(isTls ? { servername: isIP(host) === 0 ? host : '' } : {}),
      port: proxy.port || (isTls ? 443 : 80),
      path: authority,
      agent: false,
      headers: {
        host: authority,
        ...(authorization === null ? {} : { 'proxy-authorization': authorization }),
      },
      maxHeaderSize: headerLimit,
      timeout: connectLimitMs,
      ...proxyTls,
    });
    const stop = () => asked.destroy();
    underWay.add(stop);
    asked.once('close', () => underWay.delete(stop));
    asked.once('timeout', () =>
      asked.destroy(Object.assign(new Error('the proxy did not answer in time'), { code: 'ETIMEDOUT' })),
    );
    asked.once('error', fail);
    asked.once('response', (response) => response.destroy());
    asked.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (statusCode !== 200 || head.length > 0) {
        socket.destroy();
        return fail(proxyError(statusCode));
      }
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      created?.(null, connect({ ...target, socket }));
    });
    asked.end();
  };
}

/** The code of an error of the proxy that no second try mends. */
export const proxyRefusedCode = 'ERR_PROXY_REFUSED';

function proxyError(status: number): Error {
  const error = new Error(`the proxy answers with status ${status}`);
  return status >= 400 && status < 500 && status !== 408 && status !== 429
    ? Object.assign(error, { code: proxyRefusedCode })
    : error;
}

/** A secret; null for a proxy that wants none. */
export function proxyAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
