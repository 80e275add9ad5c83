import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { diskTree } from './disk-tree.js';
import { errnoCode, errnoReason } from './errno.js';
import { nextBootTree } from './next-boot-tree.js';
import { decodeName, encodePath, fsPath, type HostPath } from './path.js';
import { type RootView, rootView } from './root-view.js';

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

/**
 * The views of the new root, with the `/etc` of its next boot, and of the current root as it is. Both arguments
 * are paths on this host; they may be links, and may be the same directory.
 */
export function openRoots(options: { readonly root: string; readonly currentRoot: string }): OpenedRoots {
  const root = openDirectory('root', options.root);
  if (!root.ok) return root;
  const currentRoot = openDirectory('currentRoot', options.currentRoot);
  if (!currentRoot.ok) return currentRoot;
  const currentTree = diskTree(currentRoot.path);
  return {
    ok: true,
    newRoot: rootView(nextBootTree(diskTree(root.path), currentTree), 'new'),
    current: rootView(currentTree, 'current'),
  };
}

function openDirectory(
  option: RootProblem['option'],
  path: string,
): { readonly ok: true; readonly path: HostPath } | { readonly ok: false; readonly problem: RootProblem } {
  try {
    const real = decodeName(realpathSync.native(encodePath(path), { encoding: 'buffer' })) as HostPath;
    if (!statSync(fsPath(real)).isDirectory()) {
      return { ok: false, problem: { option, path, kind: 'not-a-directory' } };
    }
    accessSync(fsPath(real), constants.R_OK | constants.X_OK);
    return { ok: true, path: real };
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT') return { ok: false, problem: { option, path, kind: 'missing' } };
    if (code === 'ENOTDIR') return { ok: false, problem: { option, path, kind: 'not-a-directory' } };
    return { ok: false, problem: { option, path, kind: 'unreadable', reason: errnoReason(error) } };
  }
}
