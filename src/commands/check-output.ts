import type { OnlineImage } from '../check/online.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Fix } from '../fix/plan-fixes.js';
import { type Checked, checkJson, checkText } from '../report/check.js';
import { onlineJson, onlineText } from '../report/check-online.js';
import { diffText, fixesJson, fixesText } from '../report/fix.js';
import { githubText } from '../report/github.js';
import { showFindings } from './findings.js';
import type { checkFormats, RootOptions } from './options.js';
import { writeResult } from './output.js';

declare const BOUND_IMAGES_VERSION: string;

/** What a check has to show; null for what was not asked for. */
export interface CheckOutput {
  readonly checked: Checked;
  readonly imageCount: number;
  readonly diagnostics: readonly Diagnostic[];
  readonly online: { readonly images: readonly OnlineImage[] } | null;
  /** `diff` is null where the files were changed. */
  readonly fixed: { readonly fixes: readonly Fix[]; readonly diff: Buffer | null } | null;
}

/** Writes it in the wanted format. With a diff, which is for a program, the findings go to stderr. */
export async function writeCheck(
  { checked, imageCount, diagnostics, online, fixed }: CheckOutput,
  { format, quiet }: Pick<RootOptions<(typeof checkFormats)[number]>, 'format' | 'quiet'>,
): Promise<void> {
  switch (format) {
    case 'github':
      writeResult(githubText(checked, diagnostics, process.cwd()));
      return;
    case 'sarif': {
      const { sarifLog } = await import('../report/sarif.js');
      writeResult(sarifLog(checked, diagnostics, BOUND_IMAGES_VERSION));
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
