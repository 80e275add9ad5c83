import type { Observe } from '../model/events.js';
import { unflushedMark } from '../state/unflushed.js';
import { type ContentProver, contentProver, doubtProver } from '../tools/podman/content-prover.js';
import type { Podman } from '../tools/podman/podman.js';
import type { StoreFiles } from '../tools/podman/store-files.js';
import type { StoreInfo } from '../tools/podman/store-info.js';
import { flushFileSystems } from '../tools/process/flush.js';
import type { ProofInput } from './inputs.js';
import { noteOf, traceOf } from './telling.js';

/** A store while a run may write to it; the run holds its lock. */
export interface UnflushedStore {
  /**
   * Reads what the input wants read, and what an earlier boot may have left without its content. For the whole run, also
   * for the last look.
   */
  readonly prover: ContentProver | undefined;
  /**
   * Removes layers that are damaged and of which no image is made: podman would build on them. After a look with the
   * prover. `true`: some are gone, so that another look is needed.
   */
  removeDamagedLayers(files: StoreFiles, signal: AbortSignal): Promise<boolean>;
  /** Before the first podman that writes layers. `listed` is what the store lists now. @throws BoundImagesError `state`. */
  mark(listed: StoreFiles): void;
  /**
   * After the last podman, and before anything is said to be there: writes all to the disk. Nothing is done where nothing
   * was unflushed. @throws BoundImagesError `store`, `state`.
   */
  flush(): Promise<void>;
}

/** @throws BoundImagesError `store`. */
export async function openUnflushed(
  input: ProofInput,
  podman: Podman,
  observe: Observe,
  signal: AbortSignal,
): Promise<UnflushedStore> {
  const info = await podman.info(signal);
  const mark = unflushedMark(info.graphRoot);
  const flushed = mark.read();
  const doubt =
    flushed.kind === 'doubtful' ? doubtProver(flushed.isDoubtful, noteOf(observe, 'info')) : undefined;
  let isMarked = flushed.kind !== 'flushed';
  return {
    prover: joined(input, observe, doubt),
    removeDamagedLayers: async () => false,
    mark: ({ layers }) => {
      mark.set(layers.keys(), doubt?.unproved());
      isMarked = true;
    },
    flush: async () => {
      if (!isMarked) return;
      await flushFileSystems(rootsOf(info), traceOf(observe));
      mark.clear();
      isMarked = false;
    },
  };
}

/** Those that are written to: additional stores are not. */
function rootsOf({ graphRoot, root }: StoreInfo): readonly string[] {
  return [graphRoot, root];
}

/**
 * What a command reads that only looks at a store: all content with `deep`, and what an earlier boot has left in doubt.
 *
 * @throws BoundImagesError `store`.
 */
export async function proverOf(
  input: ProofInput,
  podman: Podman,
  observe: Observe,
  signal: AbortSignal,
): Promise<ContentProver | undefined> {
  return (await openUnflushed(input, podman, observe, signal)).prover;
}

function joined(
  { verify }: ProofInput,
  observe: Observe,
  doubt: ContentProver | undefined,
): ContentProver | undefined {
  const deep = verify === 'deep' ? contentProver(noteOf(observe, 'info')) : undefined;
  if (deep === undefined || doubt === undefined) return deep ?? doubt;
  return {
    prove: async (files, ids, signal) => {
      const inDoubt = await doubt.prove(files, ids, signal);
      const all = await deep.prove(files, ids, signal);
      return (layer) => {
        const found = inDoubt(layer);
        return found.kind === 'sound' ? all(layer) : found;
      };
    },
  };
}
