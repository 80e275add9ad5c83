import type { Failure } from './failure.js';
import type { PlannedImage } from './plan.js';
import type { ResolvedImage } from './resolved-image.js';

/** How it went with one bound image. */
export interface PullOutcome {
  readonly planned: PlannedImage;
  readonly state: 'present' | 'pulled' | 'failed';
  /** `algorithm:hex`, of the manifest or index, as the store has it. */
  readonly digest: string | null;
  readonly id: string | null;
  /** What was received for it, over all attempts, in bytes. */
  readonly bytes: number;
  /** How often it was tried. */
  readonly attempts: number;
  readonly seconds: number;
  readonly error: Failure | null;
}

/** Of an image that nobody has looked at, because the run was stopped before. */
export function unknownOutcome(resolved: ResolvedImage, error: Failure): PullOutcome {
  const planned: PlannedImage = {
    resolved,
    state: 'missing',
    digest: null,
    id: null,
    layers: null,
    startsAfter: [],
    content: null,
    lookUpFailure: null,
    problem: null,
    error,
  };
  return { planned, state: 'failed', digest: null, id: null, bytes: 0, attempts: 0, seconds: 0, error };
}
