import type { Timer } from '../../model/ports.js';
import type { RegistryClient } from '../registry/client/client.js';
import type { RateLimit } from './rate-limit.js';
import type { Relay, RelayObserver } from './relay.js';

export interface RelayOptions {
  readonly client: Pick<RegistryClient, 'manifest' | 'blob'>;
  /** Where parts are kept; made as needed. One process at a time uses it. */
  readonly directory: string;
  readonly timer: Timer;
  readonly observer: RelayObserver;
  /** For the bodies of blobs; null: they come as fast as they can. */
  readonly rateLimit: RateLimit | null;
  /**
   * What lies at the lookaside of a registry, `host[:port]`, below its own path: `REPOSITORY@sha256=HEX/signature-1`.
   * undefined: nothing. A rejection: podman shall not go on as if there were nothing.
   */
  readonly lookaside: (registry: string, path: string) => Promise<Buffer | undefined>;
}

/** @throws the error of the system call when no port of loopback can be listened on. */
export async function openRelay(_options: RelayOptions): Promise<Relay> {
  throw new Error('not yet');
}
