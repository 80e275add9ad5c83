import type { Origin } from '../../model/events.js';
import type { Failure } from '../../model/failure.js';
import type { RegistrySource } from '../../model/registry-source.js';
import type { RemoteContent } from '../../model/remote-content.js';

/**
 * A registry on loopback, for podman, that hands on what this process fetches. Whatever is asked for there lies below a
 * path with a secret of this run.
 */
export interface Relay {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `127.0.0.1:PORT/SECRET`: what no message shows. */
  readonly address: string;
  /** Other users of this machine cannot listen on its port once this process has gone. */
  readonly isPrivileged: boolean;
  /** The `location` of a registry, `host[:port]`, for registries.conf: `127.0.0.1:PORT/SECRET/rN`. */
  locationOf(registry: string): string;
  /**
   * The `lookaside` of a registry for registries.d, an `http:` URL without a slash at the end. podman appends a slash, the
   * path of its location, and `/namespace/repository@sha256=HEX/signature-1`.
   */
  lookasideOf(registry: string): string;
  /** From now on podman gets these manifests under the tag or digest, and its blobs are known. Said again, it is replaced. */
  serve(image: ServedImage): void;
  /**
   * Fetches a blob, with one request, from where it stands to its end; whoever has asked for it gets it as it comes.
   * One at a time for each digest.
   */
  fetch(digest: string, source: RegistrySource, options: FetchOptions): Promise<FetchEnd>;
  /** Whoever waits for the blob, now or later, is refused, until it is fetched again. */
  refuse(digest: string): void;
  /** What has come of the blob is wrong: it begins anew. Its readers are cut off. */
  discard(digest: string): void;
  /** The blob is in the store for good: what was kept of it goes. */
  release(digest: string): void;
  /** How much of a blob is here, in bytes, kept by an earlier run or come in this one. 0 for one that nobody knows. */
  received(digest: string): number;
  /** Where the bytes of this run came from. */
  origins(): readonly Origin[];
  /** Ends all connections. What is kept stays. */
  close(): Promise<void>;
}

/**
 * Finds a signature of an image of a registry, `host[:port]`; `path` is what podman appends to the location of that
 * registry: `namespace/repository@sha256=HEX/signature-1`. `undefined`: there is none. `refused`: podman cannot have it,
 * and is told so. What may pass is thrown, and the connection closed.
 */
export type Lookaside = (registry: string, path: string) => Promise<Buffer | 'refused' | undefined>;

export interface ServedImage {
  /** The tag or digest that podman asks for. */
  readonly reference: string;
  readonly content: RemoteContent;
  /** Sizes of its layers, by digest; none where nobody knows them. */
  readonly layers: ReadonlyMap<string, number>;
  /** Layers of which podman may ask for parts, which then come straight from the registry. */
  readonly partial: ReadonlySet<string>;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** It is written to a file that outlives this run; else it passes through memory, to one reader. */
  readonly isKept: boolean;
}

export type FetchEnd =
  | { readonly kind: 'complete' }
  /** `waitMs`: how long the registry wants no request; null where it says nothing. `isGone`: it has no such blob. */
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly waitMs: number | null;
      readonly isGone: boolean;
    }
  | { readonly kind: 'stopped' };

/** What happens at the relay. None of it throws. */
export interface RelayObserver {
  /** podman waits for a blob that is not here. */
  readonly onAsked: (digest: string) => void;
  /** More of a blob is here: `received` bytes in all, of `size` or of nobody knows how many. Not for each chunk. */
  readonly onArrived: (digest: string, received: number, size: number | null) => void;
  /** So many more bytes of a blob went straight to podman, which asked for parts of it. */
  readonly onPassed: (digest: string, bytes: number) => void;
}
