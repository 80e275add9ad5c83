import type { StateInput, StoreInput } from '../../operations/inputs.js';
import { status as statusOperation } from '../../operations/status.js';
import { statusPorts } from '../../ports/status.js';
import { exitStatus } from '../exit-status.js';
import { inOptions } from '../hints.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { statusJson, statusText } from '../report/status.js';

export interface StatusOptions extends Omit<RootOptions, 'root'>, StoreInput, Pick<StateInput, 'stateDir'> {}

/** `bound-images status`: the deployments of this host, with their images and how the last run went. */
export async function status(options: StatusOptions): Promise<number> {
  const { signal } = new AbortController();
  const { currentRoot, format } = options;
  const report = await statusOperation({ currentRoot, signal }, statusPorts(options, observerFor(options)));
  const { damaged, worker } = report;
  for (const { message, hint } of damaged.map(inOptions)) writeNote(`warning: ${message}\nhint: ${hint}\n`);
  if (worker.kind === 'unknown')
    writeNote(`warning: whether another bound-images is at work is not known: ${worker.reason}\n`);
  writeResult(format === 'json' ? statusJson(report) : statusText(report, process.stdout));
  return exitStatus.ok;
}
