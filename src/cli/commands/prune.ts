import type { StateInput, StoreInput } from '../../operations/inputs.js';
import { prune as pruneOperation } from '../../operations/prune.js';
import { prunePorts } from '../../ports/prune.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { pruneJson, pruneText } from '../report/prune.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface PruneOptions extends Omit<RootOptions, 'root'>, StoreInput, StateInput {
  readonly dryRun: boolean;
  readonly keepParts: number;
  readonly timeout?: number;
}

/** `bound-images prune`: removes what this tool pulled and nothing wants any more. */
export async function prune(options: PruneOptions): Promise<number> {
  const { currentRoot, dir, dryRun, keepParts, format } = options;
  return await untilStopped(options, sayStopping, async (signal) => {
    const ports = prunePorts(options, observerFor(options));
    const result = await pruneOperation({ currentRoot, dir, dryRun, keepParts, signal }, ports);
    writeResult(format === 'json' ? pruneJson(result) : pruneText(result, process.stdout));
    if (result.unforgotten !== null) throw result.unforgotten;
    signal.throwIfAborted();
    const isPartLeft = result.parts.some(({ action, isDone }) => action === 'remove' && !isDone && !dryRun);
    return isPartLeft || result.images.some(({ error }) => error !== null)
      ? exitStatus.imageMissing
      : exitStatus.ok;
  });
}
