import { appendFileSync } from 'node:fs';
import { errnoReason } from '../text/errno.js';
import { writeNote } from './output.js';

/**
 * Adds to the summary of the job where this is a step of GitHub Actions. Without it the step is as good as with it, so a
 * failure is only told. Source: docs.github.com, “Workflow commands for GitHub Actions”, adding a job summary.
 */
export function appendToJobSummary(summary: () => string): void {
  const file = process.env.GITHUB_STEP_SUMMARY ?? '';
  if (file === '') return;
  try {
    appendFileSync(file, summary());
  } catch (error) {
    writeNote(`warning: the job has no summary: GITHUB_STEP_SUMMARY=${file}: ${errnoReason(error)}\n`);
  }
}
