import { compareNames, type RootPath, rootPath } from '../model/path.js';
import type { Tree, TreeEntry } from './tree.js';

const ROOT = rootPath('/');
const VAR = rootPath('/var');

/** Whether a canonical path belongs to the host and outlives every root on it (file-hierarchy(7), “/var/”). */
export function isInVar(path: RootPath): boolean {
  return path === VAR || path.startsWith('/var/');
}

/**
 * `newTree` with the `/var` of the host: what a root ships there does not reach a host that has its own. `/opt`, `/srv`,
 * `/home`, `/root` and `/usr/local` follow where they are links into it.
 *
 * @param isHost `current` is a deployment, so that its `/var` is all of it; else the new root's own files in `/var` count
 *   beside those of `current`, as they do at the first boot
 */
export function withHostVar(newTree: Tree, current: Tree, isHost: boolean): Tree {
  // A link there leads to where the root says.
  const own = newTree.stat(VAR).kind;
  if (own !== 'directory' && own !== 'missing') return newTree;
  if (current.stat(VAR).kind !== 'directory') return newTree;

  /** The tree that has the path. */
  function treeOf(path: RootPath): Tree {
    if (!isInVar(path)) return newTree;
    return isHost || current.stat(path).kind !== 'missing' ? current : newTree;
  }

  function stat(path: RootPath): TreeEntry {
    return treeOf(path).stat(path);
  }

  function readDirectory(path: RootPath): ReturnType<Tree['readDirectory']> {
    if (path === ROOT) return joined(newTree.readDirectory(path), { ok: true, names: ['var'] });
    const listing = treeOf(path).readDirectory(path);
    if (!isInVar(path) || isHost || newTree.stat(path).kind !== 'directory') return listing;
    return joined(listing, newTree.readDirectory(path));
  }

  return {
    stat,
    readDirectory,
    readLink: (path) => treeOf(path).readLink(path),
    readFile: (path, limitBytes) => treeOf(path).readFile(path, limitBytes),
    hostPath: (path) => treeOf(path).hostPath(path),
  };
}

type Listing = ReturnType<Tree['readDirectory']>;

function joined(first: Listing, second: Listing): Listing {
  if (!first.ok) return first;
  if (!second.ok) return second;
  return { ok: true, names: [...new Set([...first.names, ...second.names])].sort(compareNames) };
}
