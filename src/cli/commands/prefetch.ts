import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { prefetch as prefetchOperation } from '../../operations/prefetch.js';
import { prefetchPorts } from '../../ports/prefetch.js';
import { openDisplay } from '../display.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { prefetchJson, prefetchText } from '../report/prefetch.js';
import { refusedText } from '../report/pull.js';
import { keepHeapSmall } from '../small-heap.js';
import { statusOfErrors } from '../status-of-errors.js';
import { untilStopped } from '../until-stopped.js';

export interface PrefetchOptions
  extends Omit<RootOptions, 'root'>,
    PullingInput,
    ProgressOptions,
    StateInput {
  readonly osImage: string;
  readonly keepFor: number;
  readonly keepGoing: boolean;
}

/** `bound-images prefetch`: pulls what a coming OS image binds, before there is a deployment of it. */
export async function prefetch(options: PrefetchOptions): Promise<number> {
  keepHeapSmall();
  const { format, keepGoing } = options;
  const { progress, isTold } = await openDisplay(options);
  const say = (name: string) => progress.note(`${name}: stopping the pulls\n`);
  const ports = prefetchPorts(options, observerFor(options, progress));
  return await untilStopped(options, say, async (signal, interrupted) => {
    try {
      const result = await prefetchOperation({ ...options, signal }, ports);
      progress.close();
      if (format === 'json') writeResult(prefetchJson(result));
      if (result.kind === 'failed') {
        if (format !== 'json') writeResult(prefetchText(result, process.stdout, isTold));
        return interrupted() ?? statusOfErrors([result.failure]);
      }
      const { valid, outcomes } = result.pulled;
      const isRefused = !valid && !keepGoing;
      if (isRefused) writeNote(refusedText(result.pulled));
      else if (format !== 'json') writeResult(prefetchText(result, process.stdout, isTold));
      const status = interrupted() ?? statusOfErrors(outcomes.flatMap(({ error }) => error ?? []));
      return !valid && status < 128 ? exitStatus.configuration : status;
    } finally {
      progress.close();
    }
  });
}
