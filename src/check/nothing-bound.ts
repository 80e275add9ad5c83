import { join } from 'node:path';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { joinRootPath, type RootPath, rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';
import { defaultDirectories, overrideDirectory } from '../scan/entries.js';
import { isOs } from '../scan/os-release.js';

const directories: readonly RootPath[] = [...defaultDirectories, overrideDirectory];

/**
 * A root without any of the directories is most often none. One that is there and empty was put there.
 *
 * @param called the root as it was named, for messages
 */
export function nothingBound(root: RootView, called: string): readonly Diagnostic[] {
  if (binds(root, top)) return [];
  const others = rootsBelow(root).map((directory) => join(called, directory));
  return [diagnose('nothing-bound', nowhere, { root: join(called, '/'), others })];
}

/** The same for whoever wants to know what a root binds, and does not check it. */
export function warnOfNothingBound(root: RootView, called: string): readonly Diagnostic[] {
  return nothingBound(root, called).map((finding) => ({ ...finding, severity: 'warning' }));
}

const top = rootPath('/');

function binds(root: RootView, directory: RootPath): boolean {
  return directories.some((each) => root.entry(joinRootPath(directory, each)).kind !== 'missing');
}

/** Repositories keep the files of an image in `rootfs`, `files/system` and the like. */
const lookedDepth = 4;

/** A repository may have any number of files, and its authors know where their root is. */
const lookedDirectories = 500;
const shownRoots = 3;

/** Directories of a repository, no links, that look like the root that was meant; those nearest to the top first. */
function rootsBelow(root: RootView): readonly RootPath[] {
  // What is inside of an OS is not the OS.
  if (isOs(root)) return [];
  const found: RootPath[] = [];
  let level: readonly RootPath[] = [top];
  let looked = 0;
  for (let depth = 0; depth < lookedDepth; depth += 1) {
    const next: RootPath[] = [];
    for (const directory of level) {
      const listing = root.readDirectory(directory);
      for (const name of listing.ok ? listing.names : []) {
        if (name.startsWith('.') || name === 'node_modules') continue;
        const below = joinRootPath(directory, name);
        if (root.entry(below).kind !== 'directory') continue;
        looked += 1;
        if (binds(root, below)) found.push(below);
        else next.push(below);
        if (found.length === shownRoots || looked === lookedDirectories) return found;
      }
    }
    level = next;
  }
  return found;
}
