import { gate as examineStaged } from '../../operations/gate.js';
import { withTimeout } from '../../operations/planning.js';
import { exitStatus } from '../exit-status.js';
import { listenForInterruption, statusOfHostStop } from '../interruption.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { type GateSettings, gatePorts } from '../ports/gate.js';
import { gateJson, gateText } from '../report/gate.js';

export interface GateOptions extends Omit<RootOptions, 'root'>, GateSettings {
  /** Instead of the staged deployment. */
  readonly root?: string;
  readonly hold: boolean;
  readonly timeout?: number;
}

const statuses = {
  complete: exitStatus.ok,
  incomplete: exitStatus.imageMissing,
  invalid: exitStatus.configuration,
} as const;

/** `bound-images gate`: whether every image of the staged deployment is there. Asks no registry, pulls nothing. */
export async function gate(options: GateOptions): Promise<number> {
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  const { root, hold, format } = options;
  try {
    const result = await examineStaged({ root, hold, signal }, gatePorts(options, observerFor(options)));
    writeResult(format === 'json' ? gateJson(result) : gateText(result, process.stdout));
    return result.kind === 'nothing-staged' ? exitStatus.ok : statuses[result.verdict];
  } catch (error) {
    return statusOfHostStop(error, signal, interruption);
  } finally {
    interruption.release();
  }
}
