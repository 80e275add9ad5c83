import { exitStatus } from '../exit-status.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { licensesJson, licensesText } from '../report/licenses.js';

/** `bound-images licenses`: whose work this program is made of. */
export async function licenses({ format }: Pick<RootOptions, 'format'>): Promise<number> {
  const { notices } = await import('../report/notices.js');
  writeResult(format === 'json' ? licensesJson(notices) : licensesText(notices));
  return exitStatus.ok;
}
