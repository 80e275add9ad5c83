import type { Failure } from './failure.js';
import type { RemoteImage } from './remote-image.js';
import type { ResolvedImage } from './resolved-image.js';
import type { StoreImages } from './store.js';

/** What a registry says of an image. */
export type Looked =
  | { readonly kind: 'found'; readonly image: RemoteImage }
  /** One of the digests that the store has for the tag. */
  | { readonly kind: 'same'; readonly digest: string }
  | { readonly kind: 'failed'; readonly error: Failure };

export type LookedForTags =
  | { readonly kind: 'found'; readonly tags: readonly string[] }
  | { readonly kind: 'failed'; readonly error: Failure };

/** What the plan step may ask a registry. */
export interface RegistryView {
  /** The image behind a reference; `stored` are the digests that the store has under it. */
  image(image: ResolvedImage, stored: readonly string[]): Promise<Looked>;
  tags(image: ResolvedImage): Promise<LookedForTags>;
}

/** What the plan step may ask the store. */
export interface StoreView extends StoreImages {
  /** The digest of an artifact that is there. */
  artifact(image: ResolvedImage): Promise<string | undefined>;
  /** Digests of the layers that need not be fetched. Asked only when an image is missing. */
  layers(): Promise<ReadonlySet<string>>;
}

export interface Clock {
  now(): Date;
  /** From whatever beginning, in milliseconds; it never goes back. */
  monotonicMs(): number;
}

/** A clock that also wakes those who wait. */
export interface Timer extends Pick<Clock, 'monotonicMs'> {
  /** Resolves after so long, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Calls again and again, until the returned function is called. */
  every(ms: number, task: () => void): () => void;
  /** A signal that aborts with `signal`, or after so long with a `TimeoutError`. It keeps no process alive. */
  limit(signal: AbortSignal, ms: number): AbortSignal;
}

/** A number in [0, 1), another one each time. */
export type Random = () => number;
