import { hasErrors } from '../diagnostic/diagnostic.js';
import { checkJson, checkText } from '../report/check.js';
import { unboundImages } from '../scan/unbound.js';
import { exitStatus } from './exit-status.js';
import type { RootOptions } from './options.js';
import { writeResult } from './output.js';
import { readRoot } from './read-root.js';

export interface CheckOptions extends RootOptions {
  readonly strict: boolean;
  readonly unbound: boolean;
}

/** `bound-images check`: everything that is wrong with what a root binds. Offline. */
export function check(options: CheckOptions): number {
  const { root, newRoot, images, diagnostics: found } = readRoot(options);
  const unbound = options.unbound
    ? unboundImages(
        newRoot,
        images.map(({ image }) => image),
      )
    : [];
  const diagnostics = [...found, ...unbound];
  const failed = hasErrors(found) || (options.strict && found.length > 0);
  const status = failed ? exitStatus.configuration : exitStatus.ok;
  if (options.format === 'json') writeResult(checkJson(root, diagnostics));
  else if (!options.quiet || failed) writeResult(checkText(images.length, diagnostics, process.stdout));
  return status;
}
