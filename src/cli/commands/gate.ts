import { gate as gateOperation } from '../../operations/gate.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { type GateSettings, gatePorts } from '../ports/gate.js';
import { gateJson, gateText } from '../report/gate.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

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
  const { root, hold, format } = options;
  return await untilStopped(options, sayStopping, async (signal) => {
    const result = await gateOperation({ root, hold, signal }, gatePorts(options, observerFor(options)));
    writeResult(format === 'json' ? gateJson(result) : gateText(result, process.stdout));
    return result.kind === 'nothing-staged' ? exitStatus.ok : statuses[result.verdict];
  });
}
