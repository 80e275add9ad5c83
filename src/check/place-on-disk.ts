import { posix } from 'node:path';
import type { Place } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';
import { printable } from '../text/printable.js';

/**
 * The place with the file of the root's directory that holds it, for tools that open this file: what will be in
 * `/etc` may lie in `/usr/etc`, and a line stands in what a link leads to. A file that is not in the root keeps its path.
 */
export function placeOnDisk<T extends Place>(root: RootView, place: T): T {
  const { file, line } = place;
  if (file === null) return place;
  // Without a line, the finding may be about the link.
  const { kind, hostPath } = line === null ? root.entry(rootPath(file)) : root.resolve(rootPath(file));
  const name = posix.relative(root.hostPath, hostPath);
  const isThere = kind !== 'missing' && name !== '..' && !name.startsWith('../');
  return isThere ? { ...place, file: printable(`/${name}`) } : place;
}
