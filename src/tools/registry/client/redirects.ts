import type { Unsupported } from '../found.js';
import { discard } from './bounded-body.js';
import type { Network, Request, Response } from './exchange.js';
import { type Refusal, refusal } from './refusal.js';

/** Source: defaultCheckRedirect of Go's net/http. */
const mostRedirects = 10;
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The last answer, and where it came from. */
export interface Followed {
  readonly kind: 'followed';
  readonly response: Response;
  readonly request: Request;
}

/**
 * Sends a request that may be led elsewhere, to where it is led. What only the first server may know stays with it:
 * `Authorization` and client certificates go no further than to its scheme, host and port, and once they are left
 * behind they do not come back. No redirect leads from TLS to plain HTTP, but of an insecure registry, nor from another
 * host to this machine or its link.
 */
export async function follow(
  { exchange, timer }: Pick<Network, 'exchange' | 'timer'>,
  first: Request,
  signal: AbortSignal,
): Promise<Followed | Refusal | Unsupported> {
  let request = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await exchange(request, signal);
    if (response.kind !== 'response') return response;
    const location = redirecting.has(response.status) ? response.header('location')[0] : undefined;
    // What is sent may be a secret, and nobody needs that.
    if (location === undefined || first.method !== 'GET') return { kind: 'followed', response, request };
    await discard(response.body, timer, signal);
    if (redirects === mostRedirects) {
      return refusal(request, 'connection', 'permanent', `it redirects more than ${mostRedirects} times`);
    }
    const next = redirected(request, location, response.isLocal);
    if ('kind' in next) return next;
    request = next;
  }
}

function redirected(request: Request, location: string, isLocal: boolean): Request | Refusal {
  if (!URL.canParse(location, request.url.href)) {
    return refusal(request, 'connection', 'permanent', 'it redirects to something that is not a URL');
  }
  const url = new URL(location, request.url);
  url.hash = '';
  url.username = '';
  url.password = '';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refusal(
      request,
      'connection',
      'permanent',
      `it redirects to the scheme ${url.protocol.slice(0, 20)}`,
    );
  }
  if (url.protocol === 'http:' && request.url.protocol === 'https:' && !request.trust.isInsecure) {
    return refusal(request, 'connection', 'permanent', `it redirects to plain HTTP, to ${url.host}`);
  }
  const isRemoteOnly = request.isRemoteOnly || !isLocal;
  if (url.origin === request.url.origin) return { ...request, url };
  return {
    ...request,
    url,
    headers: withoutSecrets(request.headers),
    trust: { ...request.trust, isOwnHost: false },
    isRemoteOnly,
  };
}

function withoutSecrets(headers: Request['headers']): Request['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
}
