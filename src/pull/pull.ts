import { errorText } from '../model/error.js';
import type { PullObserver } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import type { PullOutcome } from '../model/outcome.js';
import { isPulled, type PlannedImage, type PullPlan } from '../model/plan.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent } from '../model/store.js';
import { isStored } from '../plan/plan.js';
import type { ContentProver } from '../tools/podman/content-prover.js';
import type { Look } from '../tools/podman/store-content.js';
import { type RunnerPorts, type RunnerSettings, runEngine } from './runner.js';
import { type PullAttempts, verify } from './verify.js';

export interface PullPorts extends RunnerPorts {
  /** One look at the store, for what is bound. @throws BoundImagesError `store`. */
  readonly readStore: (bound: readonly ResolvedImage[], look: Look) => Promise<StoreContent>;
  /** Writes what the pulls have written to the disk: it says nothing of what a power cut would take away. */
  readonly flush: () => Promise<void>;
}

export interface PullProof {
  /** Has all content read that the images have in the end. */
  readonly prover?: ContentProver | undefined;
}

/** However long podman waits for the lock of the store, an interrupted run must come to its end. */
const lastLookMs = 60_000;

/**
 * Pulls what a plan says is missing, so that no layer is fetched twice, and proves with one more look at the
 * store, once all of it is on the disk, that every image is there. One failed image does not stop the others, unless
 * this machine itself is at fault. With nothing to pull, no process is started.
 */
export async function pull(
  plan: PullPlan,
  ports: PullPorts,
  settings: RunnerSettings & PullProof,
  observe: PullObserver,
): Promise<readonly PullOutcome[]> {
  const planned = plan.images.filter(isPulled);
  const done = planned.length === 0 ? [] : await runEngine(planned, ports, settings, observe);
  const ids = done.flatMap((each) => each.ids);
  // Nothing is said before both have ended.
  const looked = done.length === 0 ? undefined : lookAgain(plan, ports, ids, settings);
  try {
    // Also what a run that was killed has left in memory.
    await ports.flush();
    release(done, ports, settings);
  } finally {
    await looked;
  }
  const store = await looked;
  const attempts = new Map(done.map((each) => [each.original, each]));
  return plan.images.map((image) => verify(attempts.get(image) ?? untouched(image), store));
}

/** What is in the store for good is kept twice no longer. */
function release(
  done: readonly PullAttempts[],
  { relay }: Pick<PullPorts, 'relay'>,
  { storedLayers }: Pick<RunnerSettings, 'storedLayers'>,
): void {
  if (relay === null) return;
  const stored = storedLayers().digests;
  for (const { planned, error } of done) {
    for (const layer of planned.layers ?? [])
      if (error === null || isStored(layer, stored)) relay.release(layer.digest);
    const config = planned.content?.config;
    if (error === null && config) relay.release(config.digest);
  }
}

/** Also after an interruption: what was pulled before it is there. */
async function lookAgain(
  { images }: PullPlan,
  { readStore }: PullPorts,
  ids: readonly string[],
  { signal, prover }: Pick<RunnerSettings, 'signal'> & PullProof,
): Promise<StoreContent | Failure> {
  const bound = images.map(({ resolved }) => resolved);
  try {
    // To read all content takes as long as it takes, but no longer than the run.
    const isDeep = prover !== undefined && !signal.aborted;
    const look = isDeep ? { signal, prover } : { signal: AbortSignal.timeout(lastLookMs) };
    return await readStore(bound, { ...look, ids });
  } catch (error) {
    return {
      code: 'not-in-store',
      kind: 'transient',
      message: `whether it is in the store could not be found out: ${errorText(error)}`,
      hint: 'run it again',
    };
  }
}

/** An image that was present before, and must still be after the others have come; or one without a chance. */
function untouched(planned: PlannedImage): PullAttempts {
  const { error } = planned;
  // The look at the registry that told is an attempt; with too little space there was none.
  const attempts = error === null || error.code === 'no-space' ? 0 : 1;
  return { planned, original: planned, isPinned: false, ids: [], attempts, seconds: 0, received: 0, error };
}
