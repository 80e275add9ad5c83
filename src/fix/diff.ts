import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';
import type { ChangedFile } from './plan-fixes.js';

/**
 * What changes, as a unified diff that `patch -p1` and `git apply` take in the directory of the root. Bytes that are
 * not UTF-8 are in it as they are in the files. Lines with secrets are not: there is less around the change then,
 * and where there is nothing, git wants `--unidiff-zero`.
 */
export function unifiedDiff(files: readonly ChangedFile[]): Buffer {
  return Buffer.from(files.map(patchOf).join(''), 'latin1');
}

const linesAround = 3;

function patchOf({ name, bytes, after, secretLines }: ChangedFile): string {
  // Behind a tab stands the time; patch takes a blank in a name for it where there is no tab.
  const time = name.includes(' ') ? ' ' : '';
  const secrets = [...secretLines];
  for (let context = linesAround; ; context -= 1) {
    const patch = structuredPatch(
      `a/${name}`,
      `b/${name}`,
      bytes.toString('latin1'),
      after.toString('latin1'),
      time,
      time,
      { context },
    );
    const showsSecret = patch.hunks.some(({ oldStart, oldLines }) =>
      secrets.some((line) => line >= oldStart && line < oldStart + oldLines),
    );
    if (!showsSecret || context === 0) return formatPatch(patch, FILE_HEADERS_ONLY);
  }
}
