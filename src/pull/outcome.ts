import type { PlannedImage } from '../plan/plan.js';
import type { FailureCode } from '../podman/failure.js';
import type { ResolvedImage } from '../resolve/resolve.js';

/** How it went with one bound image. */
export interface PullOutcome {
  readonly planned: PlannedImage;
  readonly state: 'present' | 'pulled' | 'failed';
  /** `algorithm:hex`, of the manifest or index, as the store has it. */
  readonly digest: string | null;
  readonly id: string | null;
  /** How often podman was started for it. */
  readonly attempts: number;
  readonly seconds: number;
  readonly error: PullError | null;
}

export interface PullError {
  readonly code: FailureCode | 'not-in-store' | 'interrupted';
  /** Whether trying again later may help. */
  readonly transient: boolean;
  readonly message: string;
  readonly hint: string | null;
}

/** Of an image that nobody has looked at, because the run was stopped before. */
export function unknownOutcome(resolved: ResolvedImage, error: PullError): PullOutcome {
  const planned: PlannedImage = { resolved, state: 'missing', digest: null, id: null, startsAfter: null };
  return { planned, state: 'failed', digest: null, id: null, attempts: 0, seconds: 0, error };
}

/** What happens during the pulls, for whoever shows it. */
export interface PullObserver {
  started(image: PlannedImage, attempt: number): void;
  retrying(image: PlannedImage, error: PullError, waitMs: number): void;
  /** podman is done with the image; whether it is in the store is proved at the end. */
  ended(image: PlannedImage, error: PullError | null, seconds: number): void;
}
