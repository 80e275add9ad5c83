import type { Credentials, RegistrySource } from '../../../model/registry-source.js';
import { shown } from '../../../text/printable.js';
import type { Unsupported } from '../found.js';
import { discard } from './bounded-body.js';
import { type Challenge, parseChallenges } from './challenge.js';
import type { Network, Request } from './exchange.js';
import type { Host } from './hosts.js';
import { type Followed, follow } from './redirects.js';
import { type Refusal, stoppedRefusal } from './refusal.js';
import { basicHeader, loginOf, type Tokens } from './tokens.js';

/** A question to a registry. */
export interface Asking {
  readonly source: RegistrySource;
  readonly credentials: Credentials;
  /** From `/v2/` on, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks it at one URL, with the authorization that the registry wants, as soon as it is known which one that is. */
export type Authorized = (
  asking: Asking,
  host: Host,
  url: URL,
  signal: AbortSignal,
  /** Called with the status of the first answer, when what the registry wants has been learned from it. */
  onAnswer: (status: number) => void,
) => Promise<Followed | Refusal | Unsupported>;

/**
 * What a registry wants is learned from its first refusal, and remembered. It is asked at `/v2/` only where it refuses
 * without saying what it wants: some say 404 to somebody whom they do not know.
 * Source of what is answered to a challenge: setupRequestAuth and needsRetryWithUpdatedScope in go.podman.io/image
 * docker/docker_client.go.
 */
export function newAuthorized(network: Network, tokens: Tokens): Authorized {
  return async (asking, host, url, signal, onAnswer) => {
    const { source, credentials } = asking;
    let extraScope: string | undefined;
    let rejected: string | undefined;
    let isAnswered = false;
    for (;;) {
      const authorization = await authorize(asking, host, url, { extraScope, rejected }, signal);
      if (authorization.kind !== 'authorization') return authorization;
      const { header, token, isNew } = authorization;
      const request = requestFor(asking, url, header);
      const result = await follow(network, request, signal);
      if (result.kind !== 'followed') return result;
      const { response } = result;
      // What another server says after a redirect is nothing about this one.
      if (result.request.url.origin !== url.origin) {
        onAnswer(response.status);
        return result;
      }
      host.isLocal = response.isLocal;
      const { status } = response;
      const isNobody = header.authorization === undefined;
      let challenges =
        status === 401 || status === 403 ? parseChallenges(response.header('www-authenticate')) : [];
      const isSilent = isDenial(status) && challenges.length === 0;
      if (isSilent && isNobody && !host.isPinged) {
        challenges = await pingForChallenges(network, asking, host, url, signal);
      }
      if (challenges.length > 0 && (status === 401 || isNobody)) host.challenges = challenges;
      onAnswer(response.status);
      if (!isAskedAgain()) return result;
      await discard(response.body, network.timer, signal);
      if (signal.aborted) return stoppedRefusal(request, signal);
      if (!challenges.some(isKnown)) {
        const schemes = [...new Set(challenges.map(({ scheme }) => shown(scheme)))].join(', ');
        return { kind: 'unsupported', what: `the authentication scheme ${schemes}` };
      }

      /** With another authorization. */
      function isAskedAgain(): boolean {
        if (challenges.length === 0) return false;
        if (isNobody) {
          // Somebody else may have learned another thing meanwhile.
          const isSecond = isAnswered;
          isAnswered = true;
          return !isSecond && canAnswer(challenges, credentials);
        }
        if (token === undefined) return false;
        const missing = missingScope(challenges);
        if (missing !== null && extraScope === undefined && missing !== scopeOf(source)) {
          extraScope = missing;
          return true;
        }
        if (status !== 401 || isNew || rejected !== undefined) return false;
        rejected = token;
        return true;
      }
    }
  };

  async function authorize(
    { source, credentials }: Asking,
    host: Host,
    url: URL,
    { extraScope, rejected }: { extraScope: string | undefined; rejected: string | undefined },
    signal: AbortSignal,
  ): Promise<Authorization | Refusal | Unsupported> {
    const challenge = host.challenges.find(isKnown);
    if (challenge === undefined) return nobody;
    if (challenge.scheme === 'basic') return { ...nobody, header: basicHeader(credentials) };
    const request = {
      challenge,
      registry: new URL(url.origin),
      isLocal: host.isLocal,
      scopes: [scopeOf(source), ...(extraScope === undefined ? [] : [extraScope])],
      credentials,
      trust: trustIn(source),
    };
    const token = await tokens.get(request, rejected, signal);
    if (token.kind !== 'token') return token;
    const header = { authorization: `Bearer ${token.token}` };
    return { kind: 'authorization', header, token: token.token, isNew: token.isNew };
  }
}

/** Asks a registry whether it is one: for the status of its `/v2/`; null where that does not come. */
export async function ping(
  network: Network,
  asking: Asking,
  url: URL,
  signal: AbortSignal,
): Promise<Followed | null> {
  const result = await follow(network, requestFor(asking, new URL('/v2/', url), {}), signal);
  if (result.kind !== 'followed') return null;
  await discard(result.response.body, network.timer, signal);
  return result;
}

async function pingForChallenges(
  network: Network,
  asking: Asking,
  host: Host,
  url: URL,
  signal: AbortSignal,
): Promise<readonly Challenge[]> {
  const answer = await ping(network, asking, url, signal);
  if (answer === null) return [];
  host.isPinged = true;
  const { response, request } = answer;
  if (response.status !== 401 || request.url.origin !== url.origin) return [];
  return parseChallenges(response.header('www-authenticate'));
}

function requestFor(
  { source, headers }: Asking,
  url: URL,
  authorization: Readonly<Record<string, string>>,
): Request {
  return {
    method: 'GET',
    url,
    headers: { ...headers, ...authorization },
    trust: trustIn(source),
    isRemoteOnly: false,
  };
}

function trustIn({ certificates, isInsecure }: RegistrySource): Request['trust'] {
  return { certificates, isInsecure, isOwnHost: true };
}

interface Authorization {
  readonly kind: 'authorization';
  readonly header: { readonly authorization?: string };
  /** Where it is one of a token server. */
  readonly token: string | undefined;
  readonly isNew: boolean;
}

const nobody: Authorization = { kind: 'authorization', header: {}, token: undefined, isNew: false };

function isDenial(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}

function isKnown({ scheme }: Challenge): boolean {
  return scheme === 'basic' || scheme === 'bearer';
}

/** Anybody may ask a token server for a token; who has no password has nothing to say to `Basic`. */
function canAnswer(challenges: readonly Challenge[], credentials: Credentials): boolean {
  return challenges.find(isKnown)?.scheme !== 'basic' || loginOf(credentials) !== undefined;
}

function scopeOf({ repository }: RegistrySource): string {
  return `repository:${repository}:pull`;
}

/** The scope that a registry misses in a token (RFC 6750, section 3). */
function missingScope(challenges: readonly Challenge[]): string | null {
  for (const { scheme, parameters } of challenges) {
    const scope = parameters.get('scope') ?? '';
    const isMissing = scheme === 'bearer' && parameters.get('error') === 'insufficient_scope';
    if (isMissing && /^[^:\s]+:[^:\s]+:[^:\s]+$/.test(scope)) return scope;
  }
  return null;
}
