import type { Observe } from '../model/events.js';
import type { WorkDirectory } from '../pull/work-directory.js';
import { unflushedMark } from '../state/unflushed.js';
import { type ContentProver, contentProver } from '../tools/podman/content-prover.js';
import { layerStacks } from '../tools/podman/damaged-layers.js';
import { doubtProver } from '../tools/podman/doubt-prover.js';
import type { Podman } from '../tools/podman/podman.js';
import { chainOf, readStoreFiles, type StoreFiles } from '../tools/podman/store-files.js';
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
   * Removes layers that are damaged and of which no image is made, or none that has a name: podman would build on them.
   * After a look with the prover. `true`: some are gone, so that another look is needed.
   */
  removeDamagedLayers(files: StoreFiles, work: WorkDirectory, signal: AbortSignal): Promise<boolean>;
  /** Before the first podman that writes layers. `listed` is what the store lists now. @throws BoundImagesError `state`. */
  mark(listed: StoreFiles): void;
  /**
   * After the last podman, and before anything is said to be there: writes all to the disk. Nothing is done where nothing
   * was unflushed. @throws BoundImagesError `store`, `state`.
   */
  flush(): Promise<void>;
  /** The same for who does not hold the lock: the mark stays for who does. @throws BoundImagesError `store`. */
  writeOut(): Promise<unknown>;
}

/** @throws BoundImagesError `store`. */
export async function openUnflushed(
  input: ProofInput,
  podman: Podman,
  observe: Observe,
  signal: AbortSignal,
): Promise<UnflushedStore> {
  const warn = noteOf(observe, 'warning');
  const mark = unflushedMark(await podman.home(signal));
  const flushed = mark.read();
  const doubt =
    flushed.kind === 'doubtful' ? doubtProver(flushed.isDoubtful, noteOf(observe, 'info')) : undefined;
  let isMarked = flushed.kind !== 'flushed';
  const writeOut = async () => {
    // Also when the run was stopped.
    const info = await podman.info();
    if (isMarked) await flushFileSystems([info.graphRoot, info.root], traceOf(observe));
    return info;
  };
  return {
    prover: joined(input, observe, doubt),
    removeDamagedLayers: async (files, work, stop) => {
      const unproved = doubt?.unproved() ?? nothing;
      const removals = [
        ...unnamedImages(files, unproved).map((id) => () => podman.remove(id, stop)),
        ...layerStacks(files, unproved).map(
          (stack) => () => podman.removeLayers(stack, work.subdirectory(), stop),
        ),
      ];
      for (const remove of removals) {
        if (stop.aborted) break;
        const failure = await remove();
        const what = 'what a power cut has left of layers without their content';
        if (failure === undefined) warn(`removed ${what}`);
        else if (!stop.aborted) warn(`warning: ${what} cannot be removed: ${failure.message}`);
      }
      return removals.length > 0;
    },
    mark: ({ layers }) => {
      isMarked = true;
      const unproved = doubt === undefined ? nothing : doubt.unproved();
      // Where nobody could look, the mark of the earlier boot says more.
      if (unproved !== undefined) mark.set(layers.keys(), unproved);
    },
    writeOut,
    flush: async () => {
      if (!isMarked) return;
      const info = await writeOut();
      isMarked = false;
      const unproved = doubt === undefined ? nothing : doubt.unproved();
      if (unproved !== undefined) mark.clear(readStoreFiles(info).layers.keys(), unproved);
    },
  };
}

const nothing: ReadonlySet<string> = new Set();

/** IDs of images that stand on such layers and have no name, as a pull leaves one that was cut short at its very end. */
function unnamedImages(files: StoreFiles, layers: ReadonlySet<string>): readonly string[] {
  return [...files.images.values()]
    .filter(({ names }) => names.length === 0)
    .filter((image) => chainOf(files, image).chain.some(({ id }) => layers.has(id)))
    .map(({ id }) => id);
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
    isDeep: true,
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
