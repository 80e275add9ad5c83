import type { Credentials } from '../../../model/registry-source.js';
import type { Login } from '../../../model/resolved-image.js';
import { readJson } from '../../../text/json.js';
import { elseAs, number, object, text } from '../../../text/shape.js';
import type { Unsupported } from '../found.js';
import { serverTime } from './asked-wait.js';
import { readBody } from './bounded-body.js';
import type { Challenge } from './challenge.js';
import type { Network, Trust } from './exchange.js';
import { follow } from './redirects.js';
import { type Refusal, refusal, stoppedRefusal } from './refusal.js';
import { refuseStatus } from './refuse-status.js';
import { trustKey } from './tls-settings.js';
import { unlessStopped } from './unless-stopped.js';

/** Of a token server's answer. Source: MaxAuthTokenBodySize in go.podman.io/image internal/iolimits. */
const answerLimit = 1024 * 1024;
/** What a token is good for that says nothing else, or less. Source: minimumTokenLifetimeSeconds in docker_client.go there. */
const shortestLifeMs = 60_000;
/** A token that has just come is used, whatever clock its server has. */
const shortestUseMs = 10_000;

export interface Token {
  readonly kind: 'token';
  /** A secret. */
  readonly token: string;
  /** It came for this request. */
  readonly isNew: boolean;
}

/** Who wants which token. */
export interface TokenRequest {
  /** That of a registry, with a `realm`. */
  readonly challenge: Challenge;
  /** The registry's own address. */
  readonly registry: URL;
  /** The registry is on this machine or its link. */
  readonly isLocal: boolean;
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  readonly trust: Trust;
}

/** Tokens of token servers, each asked for once, for everybody who needs the same one. */
export interface Tokens {
  /** @param rejected a token that the registry does not take any more */
  get(
    request: TokenRequest,
    rejected: string | undefined,
    signal: AbortSignal,
  ): Promise<Token | Refusal | Unsupported>;
}

interface Kept {
  readonly token: string;
  readonly expiresMs: number;
}

interface Asking {
  readonly answer: Promise<Kept | Refusal | Unsupported>;
  readonly stop: AbortController;
  waiting: number;
}

export function newTokens(network: Network): Tokens {
  const { timer, onSecret } = network;
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Asking>();

  const ask = (key: string, request: TokenRequest): Asking => {
    const stop = new AbortController();
    const answer = requestToken(network, request, stop.signal).then((result) => {
      if (asking.get(key) === started) asking.delete(key);
      if (!('kind' in result)) {
        kept.set(key, result);
        onSecret(result.token);
      }
      return result;
    });
    const started: Asking = { answer, stop, waiting: 0 };
    asking.set(key, started);
    return started;
  };

  return {
    get: async (request, rejected, signal) => {
      const { challenge, registry, scopes, credentials, trust } = request;
      const { parameters } = challenge;
      const key = JSON.stringify([
        registry.origin,
        trustKey(trust),
        parameters.get('realm'),
        parameters.get('service'),
        scopes,
        credentials,
      ]);
      const known = kept.get(key);
      if (known !== undefined && known.token !== rejected && known.expiresMs > timer.monotonicMs()) {
        return { kind: 'token', token: known.token, isNew: false };
      }
      const asked = asking.get(key) ?? ask(key, request);
      asked.waiting += 1;
      const result = await unlessStopped(asked.answer, signal);
      asked.waiting -= 1;
      if (result === 'stopped') {
        if (asked.waiting === 0) {
          if (asking.get(key) === asked) asking.delete(key);
          asked.stop.abort(signal.reason);
        }
        return stoppedRefusal({ method: 'GET', url: registry }, signal);
      }
      return 'kind' in result ? result : { kind: 'token', token: result.token, isNew: true };
    },
  };
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/**
 * Source: getBearerToken and getBearerTokenOAuth2 in go.podman.io/image docker/docker_client.go, after distribution's
 * `docs/spec/auth/token.md` and `oauth.md`.
 */
async function requestToken(
  network: Network,
  { challenge, registry, isLocal, scopes, credentials, trust }: TokenRequest,
  signal: AbortSignal,
): Promise<Kept | Refusal | Unsupported> {
  const { timer, userAgent } = network;
  const realm = challenge.parameters.get('realm') ?? '';
  const asked = { method: 'GET', url: registry };
  if (!URL.canParse(realm) || !/^https?:/i.test(realm)) {
    return refusal(asked, 'unauthorized', 'permanent', 'the registry names no token server');
  }
  const url = new URL(realm);
  url.hash = '';
  url.username = '';
  url.password = '';
  const isSecret = credentials.kind !== 'anonymous';
  const isOpen = url.protocol === 'http:' && registry.protocol === 'https:' && !trust.isInsecure;
  // Nobody else is between this machine and itself.
  const isHere = url.hostname === registry.hostname && isLoopback(url.hostname);
  if (isSecret && isOpen && !isHere) {
    return { kind: 'unsupported', what: `credentials for a token server on plain HTTP, ${url.host}` };
  }
  const form = credentials.kind === 'identity-token';
  const parameters = form ? new URLSearchParams(url.search) : url.searchParams;
  if (credentials.kind === 'password' && credentials.username !== '') {
    parameters.append('account', credentials.username);
  }
  const service = challenge.parameters.get('service') ?? '';
  if (service !== '') parameters.append('service', service);
  for (const scope of scopes) parameters.append('scope', scope);
  if (form) {
    parameters.append('grant_type', 'refresh_token');
    parameters.append('refresh_token', credentials.token);
    parameters.append('client_id', 'containers/image');
  }
  const result = await follow(
    network,
    {
      method: form ? 'POST' : 'GET',
      url,
      headers: {
        'user-agent': userAgent,
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...(hasPassword(credentials) ? basicHeader(credentials) : {}),
      },
      ...(form ? { body: parameters.toString() } : {}),
      trust,
      isRemoteOnly: !isLocal,
    },
    signal,
  );
  if (result.kind !== 'followed') return result;
  const { response, request } = result;
  if (response.status !== 200) return await refuseStatus(result, timer, signal);
  const body = await readBody(response.body, answerLimit, signal);
  if (body.kind === 'too-long') {
    return refusal(request, 'oversized', 'permanent', 'the answer of the token server is too long');
  }
  if (body.kind === 'broken') {
    return signal.aborted
      ? stoppedRefusal(request, signal)
      : refusal(request, 'connection', 'transient', 'the connection was cut');
  }
  const answer = readJson(tokenShape, body.bytes.toString());
  const token = answer.kind === 'fits' ? answer.value.token || answer.value.access_token : '';
  // It becomes a line of a header.
  if (answer.kind !== 'fits' || !/^[\x21-\x7e]+$/.test(token)) {
    return refusal(request, 'unauthorized', 'permanent', 'the answer of the token server has no token');
  }
  const { expires_in, issued_at } = answer.value;
  const issued = Date.parse(issued_at);
  const ageMs = Number.isNaN(issued) ? 0 : Math.max(0, serverTime(response.header) - issued);
  const lifeMs = Math.max(shortestUseMs, Math.max(shortestLifeMs, expires_in * 1000) - ageMs);
  return { token, expiresMs: timer.monotonicMs() + lifeMs };
}

const tokenShape = object({
  token: elseAs('', text),
  access_token: elseAs('', text),
  expires_in: elseAs(0, number),
  issued_at: elseAs('', text),
});

/** `Authorization` of a user with a password; nothing for anybody else. */
export function basicHeader(credentials: Credentials): { readonly authorization?: string } {
  const login = loginOf(credentials);
  if (login === undefined) return {};
  const { username, password } = login;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** What a registry gets that knows no tokens. */
export function loginOf(credentials: Credentials): Login | undefined {
  if (credentials.kind === 'identity-token') return credentials.login;
  return credentials.kind === 'password' ? credentials : undefined;
}

function hasPassword(credentials: Credentials): boolean {
  return credentials.kind === 'password' && credentials.username !== '' && credentials.password !== '';
}
