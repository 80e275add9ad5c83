import type { Credentials, RegistrySource } from '../../../model/registry-source.js';
import { shown } from '../../../text/printable.js';
import type { Unsupported } from '../found.js';
import { readBeginning } from './bounded-body.js';
import { type Challenge, parseChallenges } from './challenge.js';
import type { Exchange, Trust } from './exchange.js';
import type { Host, Hosts } from './hosts.js';
import { type Followed, follow } from './redirects.js';
import { type Refusal, stoppedRefusal } from './refusal.js';
import { basicHeader, type Tokens, unlessStopped } from './tokens.js';

/** Of the body of a refusal, so much is read to keep its connection. */
const unwantedLimit = 64 * 1024;

export interface Asking {
  readonly source: RegistrySource;
  readonly credentials: Credentials;
  /** From `/v2/` on, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks a registry one question, with the authorization that it wants, as soon as it is known which one that is. */
export type Authorized = (asking: Asking, signal: AbortSignal) => Promise<Followed | Refusal | Unsupported>;

/**
 * There is no ping before: what a registry wants is learned from its first refusal, and remembered. The first question
 * to a host goes ahead of all others, which then know it.
 * Source of what is answered to a challenge: setupRequestAuth and needsRetryWithUpdatedScope in go.podman.io/image
 * docker/docker_client.go.
 */
export function newAuthorized(exchange: Exchange, hosts: Hosts, tokens: Tokens): Authorized {
  return async (asking, signal) => {
    const host = hosts.of(asking.source);
    const entered = host.enter();
    const goOn = await unlessStopped(entered, signal);
    const url = asked(asking, host.scheme ?? 'https');
    if (goOn === 'stopped') {
      void entered.then((leave) => leave());
      return typeof url === 'string'
        ? badName(asking.source, url)
        : stoppedRefusal({ method: 'GET', url }, signal);
    }
    try {
      if (typeof url === 'string') return badName(asking.source, url);
      if (host.scheme !== undefined || !asking.source.isInsecure) {
        return await inScheme(asking, host, url, signal, goOn);
      }
      return await inEitherScheme(asking, host, url, signal, goOn);
    } finally {
      goOn();
    }
  };

  /** As podman: whatever is wrong with TLS, plain HTTP may do. Source: detectPropertiesHelper there. */
  async function inEitherScheme(
    asking: Asking,
    host: Host,
    url: URL,
    signal: AbortSignal,
    goOn: () => void,
  ): Promise<Followed | Refusal | Unsupported> {
    const secure = await inScheme(asking, host, url, signal, () => undefined);
    if (secure.kind !== 'failed' || signal.aborted || host.scheme === 'https') return secure;
    const plainUrl = asked(asking, 'http');
    return typeof plainUrl === 'string' ? secure : await inScheme(asking, host, plainUrl, signal, goOn);
  }

  async function inScheme(
    asking: Asking,
    host: Host,
    url: URL,
    signal: AbortSignal,
    goOn: () => void,
  ): Promise<Followed | Refusal | Unsupported> {
    const { source, credentials, headers } = asking;
    const trust = { certificates: source.certificates, isInsecure: source.isInsecure, isOwnHost: true };
    let extraScope: string | undefined;
    let rejected: string | undefined;
    for (;;) {
      const authorization = await authorize(asking, host, url, trust, extraScope, rejected, signal);
      if (authorization.kind !== 'authorization') return authorization;
      const { header, token, isNew } = authorization;
      const request = {
        method: 'GET',
        url,
        headers: { ...headers, ...header },
        trust,
        isRemoteOnly: false,
      } as const;
      const result = await follow(exchange, request, signal);
      if (result.kind === 'followed') host.scheme ??= url.protocol === 'https:' ? 'https' : 'http';
      if (result.kind === 'followed' && result.request.url.origin === url.origin) {
        host.isLocal = result.response.isLocal;
        const { status } = result.response;
        const challenges = parseChallenges(result.response.header('www-authenticate'));
        if (status === 401 && challenges.length > 0) host.challenges = challenges;
        goOn();
        const next = afterRefusal();
        if (next) {
          await readBeginning(result.response.body, unwantedLimit, signal);
          if (signal.aborted) return stoppedRefusal(request, signal);
          if (host.challenges.some(isKnown)) continue;
          const [first] = challenges;
          return { kind: 'unsupported', what: `the authentication scheme ${shown(first?.scheme ?? '')}` };
        }

        /** Whether it is asked once more, with another authorization. */
        function afterRefusal(): boolean {
          if (status !== 401 && status !== 403) return false;
          const wanted = missingScope(challenges);
          if (
            token !== undefined &&
            wanted !== null &&
            extraScope === undefined &&
            wanted !== scopeOf(source)
          ) {
            extraScope = wanted;
            return true;
          }
          if (status !== 401 || challenges.length === 0) return false;
          if (header.authorization === undefined) return canAnswer(challenges, credentials);
          if (token === undefined || isNew || rejected !== undefined) return false;
          rejected = token;
          return true;
        }
      }
      goOn();
      return result;
    }
  }

  async function authorize(
    { source, credentials }: Asking,
    host: Host,
    url: URL,
    trust: Trust,
    extraScope: string | undefined,
    rejected: string | undefined,
    signal: AbortSignal,
  ): Promise<Authorization | Refusal | Unsupported> {
    const challenge = host.challenges.find(isKnown);
    if (challenge === undefined) return nobody;
    if (challenge.scheme === 'basic') {
      return { kind: 'authorization', header: basicHeader(credentials), token: undefined, isNew: false };
    }
    const scopes = [scopeOf(source), ...(extraScope === undefined ? [] : [extraScope])];
    const request = {
      challenge,
      registry: new URL(url.origin),
      isLocal: host.isLocal,
      scopes,
      credentials,
      trust,
    };
    const token = await tokens.get(request, rejected, signal);
    if (token.kind !== 'token') return token;
    const header = { authorization: `Bearer ${token.token}` };
    return { kind: 'authorization', header, token: token.token, isNew: token.isNew };
  }
}

interface Authorization {
  readonly kind: 'authorization';
  readonly header: Readonly<Record<string, string>>;
  /** Where it is one of a token server. */
  readonly token: string | undefined;
  readonly isNew: boolean;
}

const nobody: Authorization = { kind: 'authorization', header: {}, token: undefined, isNew: false };

function isKnown({ scheme }: Challenge): boolean {
  return scheme === 'basic' || scheme === 'bearer';
}

/** Anybody may ask a token server for a token; a password is needed for everything else that is known. */
function canAnswer(challenges: readonly Challenge[], credentials: Credentials): boolean {
  return challenges.find(isKnown)?.scheme !== 'basic' || 'authorization' in basicHeader(credentials);
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

/** The address of what is asked for; a text that is none where the registry's name makes none. */
function asked({ source, path }: Asking, scheme: 'http' | 'https'): URL | string {
  // docker.io is a name for people. Source: newDockerClient there.
  const host = source.registry === 'docker.io' ? 'registry-1.docker.io' : source.registry;
  const text = `${scheme}://${host}${path}`;
  return /[/\\@?#\s]/.test(host) || !URL.canParse(text) ? text : new URL(text);
}

function badName({ registry }: RegistrySource, url: string): Refusal {
  const words = `“${shown(registry)}” is no host of a registry`;
  const failure = {
    code: 'reference',
    kind: 'permanent',
    message: `GET ${shown(url)}: ${words}`,
    hint: null,
  } as const;
  return { kind: 'failed', failure, status: null, waitMs: null };
}
