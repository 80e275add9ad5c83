import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Failure } from './failure.js';
import type { Reason } from './reason.js';
import type { Reference } from './reference/reference.js';
import type { RemoteContent } from './remote-content.js';
import type { ResolvedImage } from './resolved-image.js';

/**
 * What to do about a tag that the store already has: `newer` asks the registry whether it has moved,
 * `missing` keeps what is there, `always` pulls again. A digest never moves, and is never asked for.
 */
export type PullPolicy = 'newer' | 'missing' | 'always';

export interface PlannedImage {
  readonly resolved: ResolvedImage;
  readonly state: 'present' | 'missing' | 'stale';
  /** The digest that must be in the store in the end, as far as it is known beforehand. */
  readonly digest: string | null;
  /** Its ID in the store, for an image that is there. */
  readonly id: string | null;
  /** The layers of an image to be pulled, in order; `null` where nobody knows them. None of one that is present. */
  readonly layers: readonly PlannedLayer[] | null;
  /** The images that fetch layers which this one shares, and come before it. */
  readonly startsAfter: readonly Reference[];
  /** What was learned of it from its registry; null where nobody asked, or it could not be told. */
  readonly content: RemoteContent | null;
  /** Why its registry could not tell, where a pull may do all the same. */
  readonly lookUpFailure: Failure | null;
  /** Why what the store has under its name will not do. */
  readonly problem: StoredProblem | null;
  /** Why it cannot be pulled, where that is known beforehand. */
  readonly error: Failure | null;
}

export interface PlannedLayer {
  /** `algorithm:hex` of the compressed layer. */
  readonly digest: string;
  /** Compressed, in bytes. */
  readonly size: number;
  /** Of its table of contents, by which a store knows a layer that came in parts; as in `RemoteLayer`. */
  readonly tocDigest?: string | undefined;
  /** The store has it already. */
  readonly present: boolean;
}

export interface PullPlan {
  readonly images: readonly PlannedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Nothing is to be pulled. */
export function isComplete(plan: PullPlan): boolean {
  return plan.images.every(({ state }) => state === 'present');
}

/** It is to be pulled, as far as is known with a chance. */
export function isPulled({ state, error }: Pick<PlannedImage, 'state' | 'error'>): boolean {
  return state !== 'present' && error === null;
}

/**
 * Why an image of the store is not the one that is bound, although it has its name. `no-platform`: it is for another
 * platform, or a list; `damaged`: not all of it is there; `unproved`: whether it is could not be told, and it was asked.
 */
export interface StoredProblem {
  readonly code: 'damaged' | 'no-platform' | 'unproved';
  readonly message: string;
  readonly hint: string;
  readonly reason?: Reason;
}
