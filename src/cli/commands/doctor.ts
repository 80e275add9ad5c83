import { doctor as doctorOperation } from '../../operations/doctor.js';
import type { PlanningInput, StateInput, StoreInput } from '../../operations/inputs.js';
import { doctorPorts } from '../../ports/doctor.js';
import { exitStatus, statusOfError } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { doctorJson, doctorText } from '../report/doctor.js';

export interface DoctorOptions
  extends Pick<RootOptions, 'format' | 'quiet' | 'verbose'>,
    StoreInput,
    Pick<StateInput, 'stateDir'>,
    Pick<PlanningInput, 'minFree'> {}

/** `bound-images doctor`: whether this host is ready. The exit status is that with which other commands would end. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { signal } = new AbortController();
  const { minFree, format, quiet } = options;
  const report = await doctorOperation({ minFree, signal }, doctorPorts(options, observerFor(options)));
  writeResult(format === 'json' ? doctorJson(report) : doctorText(report, quiet, process.stdout));
  const [code] = report.lines.flatMap((line) => line.code ?? []);
  return code === undefined ? exitStatus.ok : statusOfError(code);
}
