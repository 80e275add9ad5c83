import type { PlanningInput } from '../../operations/inputs.js';
import { type PlanResult, plan as planOperation } from '../../operations/plan.js';
import { planPorts } from '../../ports/plan.js';
import { exitStatus } from '../exit-status.js';
import { showFindings } from '../findings.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { planJson, planText } from '../report/plan.js';
import { statusOfErrors } from '../status-of-errors.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface PlanOptions extends RootOptions, PlanningInput {}

/** `bound-images plan`: what a pull would do, and whether it can. Nothing is pulled. */
export async function plan(options: PlanOptions): Promise<number> {
  return await untilStopped(options, sayStopping, async (signal, interrupted) => {
    const result = await planOperation({ ...options, signal }, planPorts(options, observerFor(options)));
    const stopped = interrupted();
    if (stopped !== undefined) return stopped;
    showFindings(result.diagnostics, options);
    writeResult(options.format === 'json' ? planJson(result) : planText(result, process.stdout));
    return statusOf(result);
  });
}

function statusOf({ valid, images, diagnostics }: PlanResult): number {
  if (!valid) return exitStatus.configuration;
  const status = statusOfErrors(images.flatMap(({ error }) => error ?? []));
  const isPartial = diagnostics.some(({ rule }) => rule === 'not-looked-up');
  return status === exitStatus.ok && isPartial ? exitStatus.transient : status;
}
