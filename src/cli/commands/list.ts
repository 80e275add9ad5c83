import { hasErrors } from '../../diagnostic/diagnostic.js';
import { readRoot } from '../../operations/read-root.js';
import { exitStatus } from '../exit-status.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { diagnosticsText } from '../report/diagnostics-text.js';
import { listJson, listText } from '../report/list.js';

/** `bound-images list`: what a root binds, and how it would be pulled. Offline. */
export function list(options: RootOptions): number {
  const { root, images, diagnostics } = readRoot(options);
  if (options.format === 'json') writeResult(listJson(root, images, diagnostics));
  else {
    writeResult(listText(images, process.stdout));
    const shown = options.quiet ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics;
    writeNote(diagnosticsText(shown, process.stderr));
  }
  return hasErrors(diagnostics) ? exitStatus.configuration : exitStatus.ok;
}
