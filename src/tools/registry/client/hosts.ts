import type { RegistrySource } from '../../../model/registry-source.js';
import type { Challenge } from './challenge.js';
import { trustKey } from './tls-settings.js';

/** What has been learned about a registry. */
export interface Host {
  /** Of an insecure one, whether it speaks TLS; `undefined` until it has answered. */
  scheme: 'http' | 'https' | undefined;
  /** Empty where it wants no authorization, as far as one knows. */
  challenges: readonly Challenge[];
  /** It was asked at `/v2/` what it wants. */
  isPinged: boolean;
  /** It is on this machine or its link. */
  isLocal: boolean;
  /**
   * Waits for the first question to it; the first one lets the others wait until the returned function is called, or
   * its patience ends.
   *
   * @param patience starts when it is asked for
   */
  enter(patience: () => AbortSignal): Promise<() => void>;
}

export interface Hosts {
  of(source: RegistrySource): Host;
}

export function newHosts(): Hosts {
  const hosts = new Map<string, Host>();
  return {
    of: ({ registry, certificates, isInsecure }) => {
      // Whoever is there for a source with other certificates may be somebody else.
      const key = `${trustKey({ certificates, isInsecure, isOwnHost: true })} ${registry}`;
      const host = hosts.get(key) ?? newHost();
      hosts.set(key, host);
      return host;
    },
  };
}

function newHost(): Host {
  let first: Promise<void> | undefined;
  return {
    scheme: undefined,
    challenges: [],
    isPinged: false,
    isLocal: false,
    enter: async (patience) => {
      if (first !== undefined) {
        await first;
        return () => undefined;
      }
      let goOn = () => {};
      first = new Promise((resolve) => {
        goOn = resolve;
        patience().addEventListener('abort', () => resolve(), { once: true });
      });
      return goOn;
    },
  };
}
