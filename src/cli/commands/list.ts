import { hasErrors } from '../../diagnostic/diagnostic.js';
import { list as listOperation } from '../../operations/list.js';
import { exitStatus } from '../exit-status.js';
import { showFindings } from '../findings.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { listJson, listText } from '../report/list.js';

/** `bound-images list`: what a root binds, and how it would be pulled. Offline. */
export async function list(options: RootOptions): Promise<number> {
  const { root, images, diagnostics } = await listOperation(options);
  writeResult(
    options.format === 'json' ? listJson(root, images, diagnostics) : listText(root, images, process.stdout),
  );
  showFindings(diagnostics, options);
  return hasErrors(diagnostics) ? exitStatus.configuration : exitStatus.ok;
}
