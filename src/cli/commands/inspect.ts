import type { Platform } from '../../model/platform.js';
import { inspectDefaults } from '../../operations/defaults.js';
import type { PullingInput, StoreInput } from '../../operations/inputs.js';
import { inspect as inspectOperation } from '../../operations/inspect.js';
import { namedPorts } from '../../ports/extract.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { inspectJson, inspectText } from '../report/inspect.js';
import { statusOfErrors } from '../status-of-errors.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface InspectOptions
  extends Pick<RootOptions, 'currentRoot' | 'format' | 'quiet' | 'verbose'>,
    StoreInput,
    Pick<PullingInput, 'timeout'> {
  readonly platform?: Platform;
}

/** `bound-images inspect`: what an image, an artifact or an index is, by its manifests and config. */
export async function inspect(reference: string, options: InspectOptions): Promise<number> {
  return await untilStopped(options, sayStopping, async (signal, interrupted) => {
    const input = { ...inspectDefaults, ...options, reference, signal };
    const result = await inspectOperation(input, namedPorts(options, observerFor(options)));
    writeResult(options.format === 'json' ? inspectJson(result) : inspectText(result, process.stdout));
    return interrupted() ?? (result.kind === 'failed' ? statusOfErrors([result.failure]) : exitStatus.ok);
  });
}
