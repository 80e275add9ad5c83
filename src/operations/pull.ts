import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { Observe } from '../model/events.js';
import type { PullOutcome } from '../model/outcome.js';
import { removeLeftovers } from '../pull/work-directory.js';
import type { PullingInput, RootInput, StateInput } from './inputs.js';
import { podmanOf } from './planning.js';
import { pullImages } from './pulling.js';
import { readRoot } from './read-root.js';
import { openSession } from './store-session.js';

export interface PullInput extends RootInput, PullingInput, StateInput {
  /** Pulls the images without an error even if others have one. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
}

export interface PullResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** Every entry is; without `keepGoing`, nothing is pulled of a root of which that is not so. */
  readonly valid: boolean;
  /** One for each image that was to be there in the end, in the order of their entries. */
  readonly outcomes: readonly PullOutcome[];
  readonly seconds: number;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Pulls what a root binds and the store does not have, and proves that all is there. A run that is stopped once it has
 * begun to pull says of each image how far it came.
 *
 * @throws BoundImagesError for what concerns every image: `usage`, `busy`, `store`, `state`, `tool-missing`,
 *   `tool-too-old`, `temporary-files`; the reason of the signal.
 */
export async function pull(
  input: PullInput,
  { observe }: { readonly observe: Observe },
): Promise<PullResult> {
  removeLeftovers();
  const { root, images, diagnostics } = readRoot(input);
  observe({ kind: 'findings', diagnostics });
  const valid = !hasErrors(diagnostics);
  const bound = valid || input.keepGoing ? images.filter((image) => image.valid) : [];
  // A root that binds nothing needs no podman.
  if (bound.length === 0) return { root, valid, outcomes: [], seconds: 0, diagnostics };
  const startedAt = performance.now();
  const podman = podmanOf(input, observe);
  const session = await openSession(input, podman, input.signal, observe);
  try {
    const pulled = await pullImages(bound, input, podman, observe, input.signal);
    session.record(pulled.outcomes, pulled.storedIds);
    return {
      root,
      valid,
      outcomes: pulled.outcomes,
      seconds: (performance.now() - startedAt) / 1000,
      diagnostics: [...diagnostics, ...pulled.diagnostics],
    };
  } finally {
    session.release();
  }
}
