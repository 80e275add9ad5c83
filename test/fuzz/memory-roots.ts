import { nextBootTree } from '../../src/root/next-boot-tree.js';
import type { Roots } from '../../src/root/open-roots.js';
import { rootView } from '../../src/root/root-view.js';
import type { TreeSpec } from '../support/tree-spec.js';
import { memoryTree } from './memory-tree.js';

/** What openRoots() makes of two directories, made of two specs. */
export function memoryRoots(newRoot: TreeSpec, currentRoot: TreeSpec): Roots {
  const currentTree = memoryTree(currentRoot, '/sysroot/current');
  const newTree = nextBootTree(memoryTree(newRoot, '/sysroot/new'), currentTree);
  return { newRoot: rootView(newTree, 'new'), current: rootView(currentTree, 'current') };
}
