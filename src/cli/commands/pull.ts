import { hasErrors } from '../../diagnostic/diagnostic.js';
import type { Observe } from '../../model/events.js';
import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { pull as pullOperation } from '../../operations/pull.js';
import { pullPorts } from '../../ports/pull.js';
import { openDisplay } from '../display.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { pullEndText, pullJson, pullText, refusedText } from '../report/pull.js';
import { keepHeapSmall } from '../small-heap.js';
import { statusOfErrors } from '../status-of-errors.js';
import { untilStopped } from '../until-stopped.js';

export interface PullCommandOptions extends RootOptions, PullingInput, ProgressOptions, StateInput {
  readonly keepGoing: boolean;
}

/** `bound-images pull`: pulls what a root binds and the store does not have, and proves that all is there. */
export async function pull(options: PullCommandOptions): Promise<number> {
  keepHeapSmall();
  const { format, keepGoing } = options;
  const { progress, isTold } = await openDisplay(options);
  const say = (name: string) => progress.note(`${name}: stopping the pulls\n`);
  const show = observerFor(options, progress);
  /** Whether every entry of the root is valid is known before anything is pulled. */
  let valid: boolean | undefined;
  const observe: Observe = (event) => {
    if (event.kind === 'findings') valid ??= !hasErrors(event.diagnostics);
    show(event);
  };
  const status = await untilStopped(options, say, async (signal, interrupted) => {
    try {
      const result = await pullOperation({ ...options, signal }, pullPorts(options, observe));
      const { outcomes, payloads } = result;
      progress.close();
      const isRefused = !result.valid && !keepGoing;
      if (isRefused) writeNote(refusedText(result));
      if (format === 'json') writeResult(pullJson(result));
      else if (!isRefused) writeResult((isTold ? pullEndText : pullText)(result, process.stdout));
      return interrupted() ?? statusOfErrors([...outcomes, ...payloads].flatMap(({ error }) => error ?? []));
    } finally {
      progress.close();
    }
  });
  return valid === false && status < 128 ? exitStatus.configuration : status;
}
