import { isAbsolute, relative } from 'node:path';
import type { Place } from '../../diagnostic/place.js';
import { printable } from '../../text/printable.js';

/**
 * A path of this host as a person can open it where they are: from the working directory if it is below, else in full.
 * The working directory itself is named in full, too: whoever reads of it may not know which it is.
 */
export function shownPath(path: string, workingDirectory = process.cwd()): string {
  const way = relative(workingDirectory, path);
  const isBelow = way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
  return printable(isBelow && workingDirectory !== '/' ? way : path);
}

/** The file of a place, likewise; one that is not on this host as it is called in its root. */
export function shownFile({ file, path }: Pick<Place, 'file' | 'path'>): string | null {
  if (path !== undefined && path !== null) return shownPath(path);
  return file === null ? null : printable(file);
}

/** A deployment by its name, or a root that is none by its path. */
export function shownTarget({ id, root }: { readonly id: string; readonly root: string }): string {
  return id === root ? shownPath(root) : id;
}
