import { posix } from 'node:path';
import type { Place } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';
import { isNowhere } from '../root/tree.js';
import { printable } from '../text/printable.js';

/**
 * The file of this host that a place is in, to be opened by whoever reads of it: what will be in `/etc` may lie in
 * `/usr/etc` or in the current root, and a line stands in what a link leads to. null where there is none.
 */
function pathOnDisk(root: RootView, { file, line }: Pick<Place, 'file' | 'line'>): string | null {
  if (file === null) return null;
  // Without a line, the finding may be about the link.
  const { kind, hostPath } = line === null ? root.entry(rootPath(file)) : root.resolve(rootPath(file));
  return kind === 'missing' || isNowhere(hostPath) ? null : hostPath;
}

/** The place with the file of this host that it is in. */
export function withPath<T extends Place>(root: RootView, place: T): T & { readonly path: string | null } {
  const path = pathOnDisk(root, place);
  return { ...place, path: path === null ? null : printable(path) };
}

/** The place with the file of the root's directory that holds it. A file that is not in the root keeps its path. */
export function placeOnDisk<T extends Place>(root: RootView, place: T): T {
  const path = pathOnDisk(root, place);
  if (path === null) return place;
  const name = posix.relative(root.hostPath, path);
  const isThere = name !== '..' && !name.startsWith('../');
  return isThere ? { ...place, file: printable(`/${name}`) } : place;
}
