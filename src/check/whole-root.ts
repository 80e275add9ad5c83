import { rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';

/**
 * Whether the root is all of an OS that runs containers. What is missing in the files that an author lays over
 * another image may be in that image.
 */
export function isWholeRoot(root: RootView): boolean {
  return root.resolve(rootPath('/usr/bin/podman')).kind === 'file';
}
