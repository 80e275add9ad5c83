import { BoundImagesError } from '../../model/error.js';
import { type ExamineOptions, examine } from '../../operations/examine.js';
import { withTimeout } from '../../operations/planning.js';
import { findTarget, hold, type Target } from '../../operations/target.js';
import { exitStatus } from '../exit-status.js';
import { showFindings, traceCommands } from '../findings.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import { writeNote, writeResult } from '../output.js';
import { gateJson, gateText } from '../report/gate.js';
import { heldBy } from '../report/status.js';

export interface GateOptions extends ExamineOptions {
  /** Instead of the staged deployment. */
  readonly root?: string;
  readonly hold: boolean;
  readonly timeout?: number;
}

/** `bound-images gate`: whether every image of the staged deployment is there. Asks no registry, pulls nothing. */
export async function gate(options: GateOptions): Promise<number> {
  const trace = options.verbose ? traceCommands() : undefined;
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  try {
    for (;;) {
      const target = await findTarget(options.root, signal, trace);
      if (target === undefined) {
        writeResult(options.format === 'json' ? gateJson(undefined) : 'nothing is staged\n');
        return exitStatus.ok;
      }
      const examined = await examine(target, options, signal, observerFor(options)).catch(
        (cause: unknown) => ({ cause }),
      );
      const isComplete = 'status' in examined && examined.status === exitStatus.ok;
      // What cannot be proved to be complete does not become bootable.
      const lock = options.hold && !isComplete ? await hold(target) : holderOf(target);
      if (lock === 'not-staged') {
        writeNote('another deployment was staged meanwhile: starting over with that one\n');
        continue;
      }
      if ('cause' in examined) {
        if (lock !== null) writeNote(`${target.id} is held\n`);
        throw examined.cause;
      }
      showFindings(examined.diagnostics, options);
      const result = { target, lock, ...examined };
      writeResult(options.format === 'json' ? gateJson(result) : gateText(result, process.stdout));
      return examined.status;
    }
  } catch (error) {
    // That a deployment could not be held is to be known, whatever else has ended.
    const isAboutHost =
      error instanceof BoundImagesError && (error.code === 'deployment' || error.code === 'busy');
    if (isAboutHost) throw error;
    return statusOfStop(error, signal, interruption);
  } finally {
    interruption.release();
  }
}

function holderOf({ staged }: Target): 'ours' | 'theirs' | null {
  return staged === undefined ? null : heldBy(staged.deployment);
}
