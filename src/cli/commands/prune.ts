import type { StateInput, StoreInput } from '../../operations/inputs.js';
import { withTimeout } from '../../operations/planning.js';
import { prune as pruneStore } from '../../operations/prune.js';
import { exitStatus } from '../exit-status.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { prunePorts } from '../ports/prune.js';
import { pruneJson, pruneText } from '../report/prune.js';

export interface PruneOptions extends Omit<RootOptions, 'root'>, StoreInput, StateInput {
  readonly dryRun: boolean;
  readonly timeout?: number;
}

/** `bound-images prune`: removes what this tool pulled and nothing wants any more. */
export async function prune(options: PruneOptions): Promise<number> {
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  const { currentRoot, dir, dryRun, format } = options;
  try {
    const ports = prunePorts(options, observerFor(options));
    const result = await pruneStore({ currentRoot, dir, dryRun, signal }, ports);
    writeResult(format === 'json' ? pruneJson(result) : pruneText(result, process.stdout));
    if (result.unforgotten !== null) throw result.unforgotten;
    signal.throwIfAborted();
    return result.images.some(({ error }) => error !== null) ? exitStatus.imageMissing : exitStatus.ok;
  } catch (error) {
    return statusOfStop(error, signal, interruption);
  } finally {
    interruption.release();
  }
}
