import type { Receipt } from '../../model/receipt.js';
import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { type Staged, stage as stageOperation } from '../../operations/stage.js';
import { traceOf } from '../../operations/telling.js';
import { stagePorts } from '../../ports/stage.js';
import { removeLeftovers } from '../../pull/work-directory.js';
import { requireCommand, runInForeground } from '../../tools/process/foreground.js';
import { openDisplay } from '../display.js';
import { exitStatus } from '../exit-status.js';
import { receiptInOptions } from '../hints.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { stageJson, stageText } from '../report/stage.js';
import { keepHeapSmall } from '../small-heap.js';
import { statusOfErrors } from '../status-of-errors.js';
import { untilStopped } from '../until-stopped.js';

export interface StageOptions extends Omit<RootOptions, 'root'>, PullingInput, ProgressOptions, StateInput {
  /** Instead of the staged deployment. */
  readonly root?: string;
  readonly acceptMissing?: readonly string[];
  readonly reason?: string;
}

/**
 * `bound-images stage`: holds the staged deployment until every image that it binds is there. `command` is what
 * makes it bootable, instead of releasing the hold.
 */
export async function stage(options: StageOptions, command: readonly string[]): Promise<number> {
  keepHeapSmall();
  removeLeftovers();
  const { progress, isTold } = await openDisplay(options);
  const observe = observerFor(options, progress);
  const say = (name: string) => progress.note(`${name}: stopping; what is held stays held\n`);
  const [program] = command;
  const require = program === undefined ? undefined : () => void requireCommand(program);
  let isReady = false;
  const status = await untilStopped(options, say, async (signal, interrupted) => {
    try {
      const { root, acceptMissing: references, reason } = options;
      const accept = references && reason !== undefined ? { references, reason } : undefined;
      const input = { root, command: require && { require }, accept, signal };
      const ports = stagePorts(options, observe);
      // A receipt is read by who runs the command line, too.
      const write = (receipt: Receipt) => ports.receipts.write(receiptInOptions(receipt));
      const receipts = { ...ports.receipts, write };
      const result = await stageOperation(input, { ...ports, receipts });
      progress.close();
      writeResult(options.format === 'json' ? stageJson(result) : stageText(result, process.stdout, isTold));
      if (result.kind !== 'ended') return exitStatus.ok;
      isReady = result.staged.state === 'staged';
      return isReady ? exitStatus.ok : (interrupted() ?? statusOf(result.staged));
    } finally {
      progress.close();
    }
  });
  // From now on, signals are for the command.
  return isReady && program !== undefined ? await runInForeground(command, traceOf(observe)) : status;
}

function statusOf({ outcomes, payloads, error }: Staged): number {
  if (error?.code === 'configuration') return exitStatus.configuration;
  const errors = [...outcomes, ...payloads].flatMap((outcome) => outcome.error ?? []);
  return errors.length === 0 ? exitStatus.transient : statusOfErrors(errors);
}
