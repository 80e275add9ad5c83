import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { Observe, Origin } from '../model/events.js';
import type { PullOutcome } from '../model/outcome.js';
import type { Clock } from '../model/ports.js';
import { removeLeftovers } from '../pull/work-directory.js';
import type { PayloadOutcome } from '../state/payloads.js';
import { ownDeploymentAt } from '../tools/ostree/deployment-of.js';
import type { RootInput } from './inputs.js';
import { completePayloads, type PayloadPorts } from './payloads.js';
import { type ReadRoot, readBinding } from './read-root.js';
import type { StagingStore } from './store-session.js';
import { tellEmptyRun } from './telling.js';

export interface PullInput extends RootInput {
  /** Pulls the images without an error even if others have one. */
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
}

export interface PullPorts<S extends StagingStore = StagingStore>
  extends Pick<PayloadPorts, 'openPayloads' | 'payloadShortage' | 'payloads'> {
  /** Asked for when there is something to pull. @throws BoundImagesError `busy`, `state`, `store`, `tool-missing`. */
  readonly openStore: (signal: AbortSignal) => Promise<S>;
  readonly clock: Clock;
  readonly observe: Observe;
}

export interface PullResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** Every entry is; without `keepGoing`, nothing is pulled of a root of which that is not so. */
  readonly valid: boolean;
  /** One for each image that was to be there in the end, in the order of their entries. */
  readonly outcomes: readonly PullOutcome[];
  /** What the images carry for the root, where that is a deployment of this host. */
  readonly payloads: readonly PayloadOutcome[];
  /** Where the blobs came from, as far as this program fetched them. */
  readonly origins: readonly Origin[];
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
export async function pull(input: PullInput, ports: PullPorts): Promise<PullResult> {
  removeLeftovers();
  return await pullRoot(readBinding(input), input, ports);
}

/**
 * The same for a root that has been read.
 *
 * @param beforeRelease is called with what became of the images, while no other process works on the store
 */
export async function pullRoot<S extends StagingStore>(
  { root, roots, images, diagnostics }: ReadRoot,
  input: Omit<PullInput, keyof RootInput>,
  ports: PullPorts<S>,
  beforeRelease: (store: S, outcomes: readonly PullOutcome[]) => void = () => undefined,
): Promise<PullResult> {
  const { openStore, clock, observe } = ports;
  observe({ kind: 'findings', diagnostics });
  const valid = !hasErrors(diagnostics);
  const bound = valid || input.keepGoing ? images.filter((image) => image.valid) : [];
  // A root that binds nothing needs no podman.
  if (bound.length === 0) {
    tellEmptyRun(observe, { images: images.length, failed: images.length });
    return { root, valid, outcomes: [], payloads: [], origins: [], seconds: 0, diagnostics };
  }
  const startedAt = clock.monotonicMs();
  const store = await openStore(input.signal).catch((error) => {
    tellEmptyRun(observe, { images: bound.length, failed: bound.length });
    throw error;
  });
  try {
    const pulled = await store.complete({ roots, images: bound }, input.signal);
    store.record(pulled.outcomes, pulled.storedIds);
    beforeRelease(store, pulled.outcomes);
    const payloads = input.signal.aborted
      ? []
      : await completePayloads(ownDeploymentAt(root), roots, pulled.outcomes, ports, input.signal);
    return {
      root,
      valid,
      outcomes: pulled.outcomes,
      payloads,
      origins: pulled.origins,
      seconds: (clock.monotonicMs() - startedAt) / 1000,
      diagnostics: [...diagnostics, ...pulled.diagnostics],
    };
  } finally {
    store.release();
  }
}
