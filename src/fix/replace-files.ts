import { lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BoundImagesError } from '../error.js';
import { errnoReason } from '../root/errno.js';
import { removeLeftovers, type StagedFile, stageFile } from '../state/atomic-file.js';
import { syncDirectory } from '../state/state-directory.js';
import type { ChangedFile } from './plan-fixes.js';

/**
 * Gives files their new content, each as a whole and with the owner and the mode that it had. All of it is on the disk
 * before the first file is replaced, so that where one cannot be written, none is changed; where one cannot be replaced,
 * as when something is mounted on it, those before get their old content back.
 *
 * @throws BoundImagesError `usage` where a file cannot be written, `busy` where one is not what was read any more.
 */
export function replaceFiles(files: readonly ChangedFile[]): void {
  const staged: StagedFile[] = [];
  const replaced: ChangedFile[] = [];
  const directories = new Map(files.map((file) => [dirname(file.hostPath), file]));
  try {
    for (const [directory, file] of directories) attempt(file, () => removeLeftovers(directory));
    for (const file of files) staged.push(attempt(file, () => stage(file)));
    for (const [index, file] of files.entries()) {
      attempt(file, () => staged[index]?.commit());
      replaced.push(file);
    }
    for (const [directory, file] of directories) attempt(file, () => syncDirectory(directory));
  } catch (error) {
    for (const { discard } of staged) discard();
    for (const { hostPath, bytes } of replaced) stageFile(hostPath, bytes, lstatSync(hostPath)).commit();
    throw error;
  }
}

function stage({ hostPath, bytes, after }: ChangedFile): StagedFile {
  if (!readFileSync(hostPath).equals(bytes)) {
    throw new BoundImagesError('busy', `${hostPath} has changed while it was being fixed`, {
      hint: 'try again when nothing else works on the root',
    });
  }
  return stageFile(hostPath, after, lstatSync(hostPath));
}

function attempt<T>({ hostPath }: ChangedFile, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof BoundImagesError) throw error;
    throw new BoundImagesError('usage', `${hostPath} cannot be changed: ${errnoReason(error)}`, {
      hint: 'fix the tree that the image is built from; the /usr of a booted host is read-only',
      cause: error,
    });
  }
}
