import { openRoots, type Roots } from '../../src/root/open-roots.js';
import { makeTree, type TreeSpec } from './tree.js';

/** Opens a new root and a current root that are made for the test. */
export function makeRoots(newRoot: TreeSpec, currentRoot: TreeSpec = {}): Roots {
  const opened = openRoots({
    root: makeTree(newRoot),
    currentRoot: makeTree(currentRoot),
    mayLackHost: true,
  });
  if (!opened.ok) throw new Error(`cannot open the roots: ${opened.problem.kind}`);
  return opened;
}
