import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { decodeName, encodePath, fsPath, type HostPath, rootPath } from '../model/path.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { directoriesIn } from './directories.js';
import { diskTree } from './disk-tree.js';
import { emptyTree } from './empty-tree.js';
import { isDeployed, nextBootTree } from './next-boot-tree.js';
import { type RootView, rootView } from './root-view.js';
import type { ComparableTree, Tree } from './tree.js';

/** Why a root cannot be used: which of the two options named it, and `path` as it was given. */
export type RootProblem = { readonly option: 'root' | 'currentRoot'; readonly path: string } & (
  | { readonly kind: 'missing' | 'not-a-directory' }
  | { readonly kind: 'unreadable'; readonly reason: string }
);

/** The root about to be booted, and the running one. */
export interface Roots {
  readonly newRoot: RootView;
  readonly current: RootView;
}

export type OpenedRoots =
  | ({ readonly ok: true } & Roots)
  | { readonly ok: false; readonly problem: RootProblem };

export interface RootPaths {
  readonly root: string;
  /** `null` when no system is to be updated: nothing is carried over, and the current root has no file. */
  readonly currentRoot: string | null;
  /** The image that is mounted at `root`, for messages: its path there is another one every time. */
  readonly image?: string | undefined;
  /** Nothing is pulled: where the current root is no host that would boot the new one, `/var` may stay unknown. */
  readonly mayLackHost?: boolean | undefined;
}

/**
 * The views of the new root, with the `/etc` and the `/var` of its next boot, and of the current root as it is. Both are named by
 * paths on this host; they may be links, and may be the same directory.
 */
export function openRoots(options: RootPaths): OpenedRoots {
  const root = openDirectory('root', options.root);
  if (!root.ok) return root;
  const current = openCurrent(options.currentRoot);
  if (!current.ok) return current;
  const currentTree = current.tree;
  const newTree = nextBootTree(diskTree(root.path), currentTree);
  const lacksHost = options.mayLackHost === true && !isDeployed(currentTree);
  return {
    ok: true,
    newRoot: rootView(newTree, 'new', options.image ?? root.path, lacksHost),
    current: current.view,
  };
}

/**
 * The same for a new root that lies on no disk.
 *
 * @param treeOf makes the tree of the next boot; it gets that of the current root
 * @param label how messages tell which root it is
 */
export function openRootsWith(
  treeOf: (current: ComparableTree) => Tree,
  label: string,
  currentRoot: string | null,
): OpenedRoots {
  const current = openCurrent(currentRoot);
  if (!current.ok) return current;
  return { ok: true, newRoot: rootView(treeOf(current.tree), 'new', label), current: current.view };
}

function openCurrent(
  currentRoot: string | null,
):
  | { readonly ok: true; readonly tree: ComparableTree; readonly view: RootView }
  | { readonly ok: false; readonly problem: RootProblem } {
  const opened = currentRoot === null ? noRoot : openDirectory('currentRoot', currentRoot);
  if (!opened.ok) return opened;
  const tree = opened.path === null ? emptyTree : diskTree(opened.path);
  return { ok: true, tree, view: rootView(tree, 'current', opened.path) };
}

const noRoot = { ok: true, path: null } as const;

function openDirectory(
  option: RootProblem['option'],
  path: string,
): { readonly ok: true; readonly path: HostPath } | { readonly ok: false; readonly problem: RootProblem } {
  try {
    const real = decodeName(realpathSync.native(encodePath(path), { encoding: 'buffer' })) as HostPath;
    if (!statSync(fsPath(real)).isDirectory()) {
      return { ok: false, problem: { option, path, kind: 'not-a-directory' } };
    }
    directoriesIn(real).inside(rootPath('/'), (directory) => {
      accessSync(directory, constants.R_OK | constants.X_OK);
    });
    return { ok: true, path: real };
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT') return { ok: false, problem: { option, path, kind: 'missing' } };
    if (code === 'ENOTDIR') return { ok: false, problem: { option, path, kind: 'not-a-directory' } };
    return { ok: false, problem: { option, path, kind: 'unreadable', reason: errnoReason(error) } };
  }
}
