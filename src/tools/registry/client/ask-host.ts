import type { RegistrySource } from '../../../model/registry-source.js';
import { shown } from '../../../text/printable.js';
import type { Unsupported } from '../found.js';
import { type Asking, type Authorized, ping } from './authorized.js';
import type { Network } from './exchange.js';
import type { Host, Hosts } from './hosts.js';
import type { Followed } from './redirects.js';
import { type Refusal, stoppedRefusal } from './refusal.js';
import { unlessStopped } from './unless-stopped.js';

/** Asks a registry one question. */
export type AskHost = (asking: Asking, signal: AbortSignal) => Promise<Followed | Refusal | Unsupported>;

/** What a registry says nothing to for so long may be that question's alone. */
const patienceMs = 1_000;

/** The first question to a host goes ahead of all others, which then know what the host wants. */
export function newAskHost(network: Network, hosts: Hosts, authorized: Authorized): AskHost {
  return async (asking, signal) => {
    const { source } = asking;
    const secureUrl = urlOf(asking, 'https');
    if (secureUrl === null) return badName(source);
    const host = hosts.of(source);
    const entering = host.enter(() => network.timer.limit(signal, patienceMs));
    const goOn = await unlessStopped(entering, signal);
    if (goOn === 'stopped') {
      void entering.then((leave) => leave());
      return stoppedRefusal({ method: 'GET', url: secureUrl }, signal);
    }
    try {
      if (!source.isInsecure) return await authorized(asking, host, secureUrl, signal, goOn);
      if (host.scheme === undefined) return await inEitherScheme(asking, host, secureUrl, signal, goOn);
      const url = urlOf(asking, host.scheme) ?? secureUrl;
      return await authorized(asking, host, url, signal, goOn);
    } finally {
      goOn();
    }
  };

  /**
   * Without a registry that answers by TLS, whatever it is that does not, plain HTTP may do.
   * Source: detectPropertiesHelper in go.podman.io/image docker/docker_client.go.
   */
  async function inEitherScheme(
    asking: Asking,
    host: Host,
    secureUrl: URL,
    signal: AbortSignal,
    goOn: () => void,
  ): Promise<Followed | Refusal | Unsupported> {
    const learned = (scheme: 'http' | 'https') => {
      host.scheme = scheme;
      goOn();
    };
    const secure = await authorized(asking, host, secureUrl, signal, (status) => {
      if (isOfRegistry(status)) learned('https');
    });
    if (secure.kind === 'unsupported' || signal.aborted || host.scheme === 'https') return secure;
    if (secure.kind === 'followed') {
      const answer = await ping(network, asking, secureUrl, signal);
      if (answer !== null && isOfRegistry(answer.response.status)) {
        learned('https');
        return secure;
      }
    }
    const plainUrl = urlOf(asking, 'http') ?? secureUrl;
    const plain = await authorized(asking, host, plainUrl, signal, () => learned('http'));
    if (secure.kind !== 'followed') return plain;
    if (plain.kind === 'failed' && plain.status === null) return secure;
    secure.response.body.destroy();
    return plain;
  }
}

/** What only a registry would say. */
function isOfRegistry(status: number): boolean {
  return status === 401 || (status >= 200 && status < 300);
}

/** The address of what is asked for; null where the registry's name makes none. */
function urlOf({ source, path }: Asking, scheme: 'http' | 'https'): URL | null {
  // docker.io is a name for people. Source: newDockerClient there.
  const host = source.registry === 'docker.io' ? 'registry-1.docker.io' : source.registry;
  const text = `${scheme}://${host}${path}`;
  return /[/\\@?#\s]/.test(host) || !URL.canParse(text) ? null : new URL(text);
}

function badName({ registry }: RegistrySource): Refusal {
  const words = `“${shown(registry)}” is not the host of a registry`;
  const failure = { code: 'reference', kind: 'permanent', message: words, hint: null } as const;
  return { kind: 'failed', failure, status: null, waitMs: null };
}
