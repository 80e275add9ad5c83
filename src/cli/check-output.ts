import { oncePerLine } from '../check/once-per-line.js';
import { placeOnDisk } from '../check/place-on-disk.js';
import type { CheckResult } from '../operations/check.js';
import { showFindings } from './findings.js';
import { findingInOptions } from './hints.js';
import type { checkFormats, RootOptions } from './options.js';
import { writeResult } from './output.js';
import { checkJson, checkText } from './report/check.js';
import { onlineJson, onlineText } from './report/check-online.js';
import { diffText, fixesJson, fixesText } from './report/fix.js';
import { githubText } from './report/github.js';

declare const BOUND_IMAGES_VERSION: string;

export interface WriteOptions extends Pick<RootOptions<(typeof checkFormats)[number]>, 'format' | 'quiet'> {
  /** The image that was checked instead of a root. */
  readonly image?: string;
}

/** Writes what a check has found, in the wanted format. With a diff, which is for a program, the findings go to stderr. */
export async function writeCheck(
  { root, newRoot, images, diagnostics: found, online, fixed }: CheckResult,
  { image, format, quiet }: WriteOptions,
): Promise<void> {
  const checked = image === undefined ? { root, image: null } : { root: null, image };
  const diagnostics = oncePerLine(found, newRoot).map(findingInOptions);
  const onDisk = () => diagnostics.map((diagnostic) => placeOnDisk(newRoot, diagnostic));
  switch (format) {
    case 'github':
      writeResult(githubText(checked, onDisk(), process.cwd()));
      return;
    case 'sarif': {
      const { sarifLog } = await import('./report/sarif.js');
      writeResult(sarifLog(checked, onDisk(), BOUND_IMAGES_VERSION));
      return;
    }
    case 'json':
      writeResult({
        ...checkJson(checked, diagnostics),
        ...(online === null ? {} : onlineJson(online.images)),
        ...(fixed === null ? {} : fixesJson(fixed.fixes, fixed.diff !== null)),
      });
      return;
    case 'human':
      if (fixed !== null && fixed.diff !== null) {
        process.stdout.write(diffText(fixed.diff, process.stdout));
        showFindings(diagnostics, { format, quiet });
        return;
      }
      if (fixed !== null && !quiet) writeResult(fixesText(fixed.fixes, process.stdout));
      if (online !== null && !quiet) writeResult(onlineText(online.images, process.stdout));
      writeResult(checkText(images.length, diagnostics, process.stdout));
  }
}
