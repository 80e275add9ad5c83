import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import { joinRootPath, type RootPath } from '../model/path.js';
import { directoriesIn } from '../root/directories.js';
import type { RootView } from '../root/root-view.js';
import { nameOf, parentOf } from '../root/walk.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { syncDirectory } from '../tools/files/directories.js';
import type { EntryLink } from './plan-links.js';

/**
 * Makes links in a directory of the root, and the directory where it is missing. Nothing is replaced, and no link is
 * followed below the root, whatever becomes of its directories meanwhile; where one cannot be made, those before go
 * again.
 *
 * @throws BoundImagesError `usage` where one cannot be made, `busy` where something has come in its place.
 */
export function makeLinks(root: RootView, directory: RootPath, links: readonly EntryLink[]): void {
  const { inside } = directoriesIn(root.hostPath);
  const made: string[] = [];
  const at = attempt(directory, root, () => {
    const { existing, missing } = placeOf(root, directory);
    return missing.reduce<RootPath>((parent, name) => {
      inside(parent, (open) => {
        mkdirSync(join(open, name));
        syncDirectory(open);
      });
      return joinRootPath(parent, name);
    }, existing);
  });
  try {
    for (const { path, target } of links) {
      const name = nameOf(path);
      attempt(path, root, () => inside(at, (open) => symlinkSync(target, join(open, name))));
      made.push(name);
    }
    attempt(directory, root, () => inside(at, syncDirectory));
  } catch (error) {
    for (const name of made) inside(at, (open) => rmSync(join(open, name), { force: true }));
    throw error;
  }
}

/** How far a directory is there, links followed inside of the root, and the names that are not. */
function placeOf(
  root: RootView,
  directory: RootPath,
): { readonly existing: RootPath; readonly missing: readonly string[] } {
  const missing: string[] = [];
  for (let path = directory; ; path = parentOf(path)) {
    const found = root.resolve(path);
    if (found.kind === 'directory') return { existing: found.path, missing };
    // A link that leads nowhere is no place for a directory.
    if (found.kind !== 'missing' || root.entry(path).kind !== 'missing') {
      throw new Error(found.kind === 'unreadable' ? found.reason : `${path} is no directory`);
    }
    missing.unshift(nameOf(path));
  }
}

function attempt<T>(path: RootPath, root: RootView, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const shown = join(root.hostPath, path);
    if (errnoCode(error) === 'EEXIST') {
      throw new BoundImagesError('busy', `${shown} was made meanwhile by someone else`, {
        hint: 'try again when nothing else works on the root',
        cause: error,
      });
    }
    throw new BoundImagesError('usage', `${shown} cannot be made: ${errnoReason(error)}`, {
      hint: 'work on the tree that the image is built from; the /usr of a booted host is read-only',
      cause: error,
    });
  }
}
