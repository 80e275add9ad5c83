import type { Deployment } from './deployment.js';
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

/** `theirs`: it was held before, by whoever; nothing was changed. `not-staged`: what is staged is another now. */
export type HoldOutcome = 'ours' | 'theirs' | 'not-staged';
export type ReleaseOutcome = 'released' | 'theirs' | 'not-staged';

/** A host that was booted by ostree, whatever manages it. */
export interface DeploymentHost {
  readonly kind: 'bootc' | 'rpm-ostree' | 'ostree';
  /**
   * The one that boots next comes first.
   * @throws BoundImagesError `deployment`, also when the one that is booted is not among them: that is no whole list.
   */
  deployments(signal: AbortSignal): Promise<readonly Deployment[]>;
  /** Keeps it from being finalized; asked again, it says the same. @throws BoundImagesError `deployment`. */
  hold(staged: Pick<Deployment, 'id'>, signal: AbortSignal): Promise<HoldOutcome>;
  /**
   * Ends that it is prepared for a soft reboot, which no hold keeps from booting it. Returns whether it was prepared.
   * @throws BoundImagesError `deployment`.
   */
  clearSoftReboot(deployment: Pick<Deployment, 'id'>, signal: AbortSignal): Promise<boolean>;
  /**
   * Calls back whenever another deployment may be staged, or one prepared for a soft reboot, until the returned function
   * is called.
   */
  watch(onChange: () => void): () => void;
  /** Ends the hold on it, if that is ours. @throws BoundImagesError `deployment`. */
  release(staged: Pick<Deployment, 'id'>, signal: AbortSignal): Promise<ReleaseOutcome>;
}

/** The host that this machine is; `undefined` when ostree has not booted it. */
export type FindHost = (signal: AbortSignal) => Promise<DeploymentHost | undefined>;

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
