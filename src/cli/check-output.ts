import { placeOnDisk } from '../check/place-on-disk.js';
import type { Place } from '../diagnostic/place.js';
import type { CheckResult } from '../operations/check.js';
import type { Lock } from '../scan/drop-in/lock.js';
import { printable } from '../text/printable.js';
import { showFindings } from './findings.js';
import { findingInOptions } from './hints.js';
import { appendToJobSummary } from './job-summary.js';
import type { checkFormats, RootOptions } from './options.js';
import { writeNote, writeResult } from './output.js';
import { checkJson, checkSummary, checkText } from './report/check.js';
import { onlineJson, onlineText } from './report/check-online.js';
import { diffText, fixesJson, fixesText } from './report/fix.js';
import { githubText } from './report/github.js';
import { githubSummary } from './report/github-summary.js';
import { gitlabReport } from './report/gitlab.js';

declare const BOUND_IMAGES_VERSION: string;

export interface WriteOptions extends Pick<RootOptions<(typeof checkFormats)[number]>, 'format' | 'quiet'> {
  /** The image that was checked instead of a root. */
  readonly image?: string;
  readonly lock: boolean;
}

/**
 * Writes what a check has found, in the wanted format. With a diff or a lock, which are for programs, the findings go to
 * stderr.
 */
export async function writeCheck(
  { root, newRoot, images, diagnostics: found, lock, online, fixed: written }: CheckResult,
  { image, format, quiet, lock: isForLock }: WriteOptions,
): Promise<void> {
  const checked = image === undefined ? { root, image: null } : { root: null, image };
  // What an image holds is gone when somebody wants to open it.
  const toOpen = <T extends Place>(place: T): T => (image === undefined ? place : { ...place, path: null });
  const diagnostics = found.map(toOpen);
  const fixed = written && {
    ...written,
    fixes: written.fixes.map((fix) => ({ ...fix, place: toOpen(fix.place) })),
  };
  const onDisk = () => diagnostics.map((finding) => placeOnDisk(newRoot, findingInOptions(finding)));
  switch (format) {
    case 'github': {
      const sum = checkSummary(checked, images.length, diagnostics);
      // The sum is a line of the log that is no annotation.
      const shown = onDisk();
      writeResult(`${githubText(checked, shown, process.cwd())}${quiet ? '' : sum}`);
      appendToJobSummary(() => githubSummary(checked, sum, shown, process.cwd()));
      return;
    }
    case 'gitlab':
      // The report is a file of the job: its log is for persons.
      writeNote(checkText(checked, images.length, diagnostics.map(findingInOptions), process.stderr));
      writeResult(gitlabReport(checked, onDisk(), process.cwd()));
      return;
    case 'sarif': {
      const [{ sarifLog }, { rulePages: pages }] = await Promise.all([
        import('./report/sarif.js'),
        import('./report/rule-pages.js'),
      ]);
      const context = { version: BOUND_IMAGES_VERSION, workingDirectory: process.cwd(), pages };
      writeResult(sarifLog(checked, onDisk(), context));
      return;
    }
    case 'json':
      writeResult({
        ...checkJson(checked, diagnostics),
        ...(online === null ? {} : onlineJson(online.images)),
        ...(isForLock ? { lock: lock?.text ?? null } : {}),
        ...(fixed === null ? {} : fixesJson(fixed.fixes, fixed.diff !== null)),
      });
      return;
    case 'human':
      if (fixed !== null && fixed.diff !== null) {
        process.stdout.write(diffText(fixed.diff, process.stdout));
        showFindings(diagnostics, { format, quiet });
        return;
      }
      if (isForLock) {
        showFindings(diagnostics, { format, quiet });
        if (lock !== null) writeLock(lock);
        return;
      }
      if (fixed !== null && !quiet) writeResult(fixesText(fixed.fixes, process.stdout));
      if (online !== null && !quiet) writeResult(onlineText(online.images, process.stdout));
      writeResult(checkText(checked, images.length, diagnostics.map(findingInOptions), process.stdout));
  }
}

function writeLock({ text, leftOut }: Lock): void {
  const names = leftOut.map(({ reference }) => printable(reference.text));
  if (names.length > 0) writeNote(`left to the update, because no label can have it: ${names.join(', ')}\n`);
  writeResult(`${text}\n`);
}
