import { checkSubject } from '../check/check.js';
import { withCodeFrames } from '../check/code-frames.js';
import { judge } from '../check/judge.js';
import { hasErrors } from '../diagnostic/diagnostic.js';
import { checkJson, checkText } from '../report/check.js';
import { unboundImages } from '../scan/unbound.js';
import { readSettings, type SettingsOptions } from './check-settings.js';
import { exitStatus } from './exit-status.js';
import type { RootOptions } from './options.js';
import { writeResult } from './output.js';
import { readRoot } from './read-root.js';

export interface CheckOptions extends RootOptions, SettingsOptions {
  readonly unbound: boolean;
}

/** `bound-images check`: everything that is wrong with what a root binds. Offline. */
export function check(options: CheckOptions): number {
  const settings = readSettings(options);
  const { root, roots, images, diagnostics: found } = readRoot(options);
  const bound = images.map(({ image }) => image);
  const diagnostics = withCodeFrames(
    judge(
      [
        ...found,
        ...checkSubject({ roots, images }),
        ...(options.unbound ? unboundImages(roots.newRoot, bound) : []),
      ],
      settings,
      roots.newRoot,
    ),
    roots.newRoot,
  );
  const failed =
    hasErrors(diagnostics) || (settings.strict && diagnostics.some(({ severity }) => severity === 'warning'));
  if (options.format === 'json') writeResult(checkJson(root, diagnostics));
  else if (!options.quiet || failed) writeResult(checkText(images.length, diagnostics, process.stdout));
  return failed ? exitStatus.configuration : exitStatus.ok;
}
