import type { Roots } from '../root/open-roots.js';
import type { HostPath } from '../root/path.js';

/**
 * In which root a file really lives. A path of the new root may lead to the current root's file: what was
 * changed in /etc on this host is carried over to the next boot.
 */
export function rootOf({ newRoot }: Roots, hostPath: HostPath): 'new' | 'current' {
  const inside = newRoot.hostPath === '/' ? '/' : `${newRoot.hostPath}/`;
  return hostPath.startsWith(inside) ? 'new' : 'current';
}
