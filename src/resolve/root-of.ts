import type { HostPath } from '../model/path.js';
import type { Roots } from '../root/open-roots.js';

/**
 * In which root a file really lives. A path of the new root may lead to the current root's file: what was
 * changed in /etc on this host is carried over to the next boot. One root may lie in the other.
 */
export function rootOf({ newRoot, current }: Roots, hostPath: HostPath): 'new' | 'current' {
  const depth = (root: HostPath) => (isInside(hostPath, root) ? root.length : -1);
  return depth(current.hostPath) > depth(newRoot.hostPath) ? 'current' : 'new';
}

function isInside(path: HostPath, directory: HostPath): boolean {
  return directory === '/' || path.startsWith(`${directory}/`);
}
