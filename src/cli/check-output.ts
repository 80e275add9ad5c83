import { oncePerLine } from '../check/once-per-line.js';
import type { OnlineImage } from '../check/online.js';
import { placeOnDisk } from '../check/place-on-disk.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Fix } from '../fix/plan-fixes.js';
import type { RootView } from '../root/root-view.js';
import { showFindings } from './findings.js';
import type { checkFormats, RootOptions } from './options.js';
import { writeResult } from './output.js';
import { type Checked, checkJson, checkText } from './report/check.js';
import { onlineJson, onlineText } from './report/check-online.js';
import { diffText, fixesJson, fixesText } from './report/fix.js';
import { githubText } from './report/github.js';

declare const BOUND_IMAGES_VERSION: string;

/** What a check has to show; null for what was not asked for. */
export interface CheckOutput {
  readonly checked: Checked;
  readonly newRoot: RootView;
  readonly imageCount: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly online: { readonly images: readonly OnlineImage[] } | null;
  /** `diff` is null where the files were changed. */
  readonly fixed: { readonly fixes: readonly Fix[]; readonly diff: Buffer | null } | null;
}

/** Writes it in the wanted format. With a diff, which is for a program, the findings go to stderr. */
export async function writeCheck(
  { checked, newRoot, imageCount, diagnostics: found, online, fixed }: CheckOutput,
  { format, quiet }: Pick<RootOptions<(typeof checkFormats)[number]>, 'format' | 'quiet'>,
): Promise<void> {
  const diagnostics = oncePerLine(found, newRoot);
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
      writeResult(checkText(imageCount, diagnostics, process.stdout));
  }
}
