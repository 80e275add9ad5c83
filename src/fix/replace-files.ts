import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import { type HostPath, type RootPath, rootPath } from '../model/path.js';
import { directoriesIn } from '../root/directories.js';
import { diskTree } from '../root/disk-tree.js';
import type { Tree } from '../root/tree.js';
import { nameOf, parentOf } from '../root/walk.js';
import { errnoReason } from '../text/errno.js';
import { removeLeftovers, type StagedFile, stageFile, type Within } from '../tools/files/atomic-file.js';
import { syncDirectory } from '../tools/files/directories.js';
import type { ChangedFile } from './plan-fixes.js';

/**
 * Gives files of the root at `top` their new content, each as a whole and with the owner and the mode that it had. All
 * of it is on the disk before the first file is replaced, so that where one cannot be written, none is changed; where
 * one cannot be replaced, as when something is mounted on it, those before get their old content back. No link is
 * followed, so nothing outside of the root is written, whatever becomes of its directories meanwhile.
 *
 * @throws BoundImagesError `usage` where a file cannot be written, `busy` where one is not what was read any more.
 */
export function replaceFiles(top: HostPath, files: readonly ChangedFile[]): void {
  const tree = diskTree(top);
  const { inside } = directoriesIn(top);
  const within =
    (directory: RootPath): Within =>
    (use) =>
      inside(directory, use);
  const staged: StagedFile[] = [];
  const replaced: ChangedFile[] = [];
  const directories = new Map(files.map((file) => [parentOf(pathOf(file)), file]));
  try {
    for (const [directory, file] of directories) attempt(file, () => inside(directory, removeLeftovers));
    for (const file of files) {
      staged.push(attempt(file, () => stage(tree, file, within(parentOf(pathOf(file))))));
    }
    for (const [index, file] of files.entries()) {
      attempt(file, () => staged[index]?.commit());
      replaced.push(file);
    }
    for (const [directory, file] of directories) attempt(file, () => inside(directory, syncDirectory));
  } catch (error) {
    for (const { discard } of staged) discard();
    for (const file of replaced) {
      stageContent(file, file.bytes, within(parentOf(pathOf(file)))).commit();
    }
    throw error;
  }
}

function pathOf({ name }: ChangedFile): RootPath {
  return rootPath(name);
}

function stage(tree: Tree, file: ChangedFile, within: Within): StagedFile {
  const read = tree.readFile(pathOf(file), file.bytes.length);
  if (!read.ok && read.kind === 'unreadable') throw new Error(read.reason);
  if (!read.ok || !read.bytes.equals(file.bytes)) {
    throw new BoundImagesError('busy', `${file.hostPath} has changed while it was being fixed`, {
      hint: 'try again when nothing else works on the root',
    });
  }
  return stageContent(file, file.after, within);
}

function stageContent(file: ChangedFile, content: Buffer, within: Within): StagedFile {
  const name = nameOf(pathOf(file));
  const like: Stats = within((directory) => lstatSync(join(directory, name)));
  return stageFile(name, content, within, like);
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
