import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { withTimeout } from '../../operations/planning.js';
import { type Staged, stage as stageRoot } from '../../operations/stage.js';
import { traceOf } from '../../operations/telling.js';
import { removeLeftovers } from '../../pull/work-directory.js';
import { requireCommand, runInForeground } from '../../tools/process/foreground.js';
import { exitStatus, statusOfErrors } from '../exit-status.js';
import { listenForInterruption, statusOfHostStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { ProgressOptions, RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { stagePorts } from '../ports/stage.js';
import { progressFor } from '../report/progress.js';
import { stageJson, stageText } from '../report/stage.js';
import { keepHeapSmall } from '../small-heap.js';

export interface StageOptions extends Omit<RootOptions, 'root'>, PullingInput, ProgressOptions, StateInput {
  /** Instead of the staged deployment. */
  readonly root?: string;
}

/**
 * `bound-images stage`: holds the staged deployment until every image that it binds is there. `command` is what
 * makes it bootable, instead of releasing the hold.
 */
export async function stage(options: StageOptions, command: readonly string[]): Promise<number> {
  keepHeapSmall();
  const progress = progressFor(options.progress, { quiet: options.quiet, fd: options.progressFd });
  const observe = observerFor(options, progress);
  const interruption = listenForInterruption((name) =>
    progress.note(`${name}: stopping; what is held stays held\n`),
  );
  const signal = withTimeout(interruption.signal, options.timeout);
  const [program] = command;
  const input = {
    root: options.root,
    command: program === undefined ? undefined : { require: () => void requireCommand(program) },
    signal,
  };
  try {
    removeLeftovers();
    const result = await stageRoot(input, stagePorts(options, observe));
    progress.close();
    writeResult(options.format === 'json' ? stageJson(result) : stageText(result, process.stdout));
    if (result.kind !== 'ended') return exitStatus.ok;
    if (result.staged.state === 'failed') return interruption.exitStatus() ?? statusOf(result.staged);
    interruption.release();
    return program === undefined ? exitStatus.ok : await runInForeground(command, traceOf(observe));
  } catch (error) {
    return statusOfHostStop(error, signal, interruption);
  } finally {
    progress.close();
    interruption.release();
  }
}

function statusOf({ outcomes, error }: Staged): number {
  if (error?.code === 'configuration') return exitStatus.configuration;
  const errors = outcomes.flatMap((outcome) => outcome.error ?? []);
  return errors.length === 0 ? exitStatus.transient : statusOfErrors(errors);
}
