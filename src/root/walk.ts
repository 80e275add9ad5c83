import type { RootPath } from '../model/path.js';

/** What a canonical path is, as far as walking needs to know. */
export type Node =
  | { readonly kind: 'file' | 'directory' | 'null' | 'other' }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Where a walk ended; `path` is canonical. */
export type Walked =
  | { readonly kind: 'file'; readonly path: RootPath }
  | { readonly kind: 'directory'; readonly path: RootPath }
  | { readonly kind: 'null'; readonly path: RootPath }
  | { readonly kind: 'other'; readonly path: RootPath }
  | WalkProblem;

/** Where a walk ended that does not follow a link at the end; `target` is the link's text. */
export type WalkedToEntry =
  | Walked
  | { readonly kind: 'symlink'; readonly path: RootPath; readonly target: string };

/**
 * Why a path leads nowhere, and where it stopped:
 * - `missing`: nothing is at `path`; `isLast` says that nothing but slashes would follow, so that creating it
 *   would be enough (ENOENT);
 * - `loop`: the link at `path` would have been one hop too many (ELOOP);
 * - `not-a-directory`: the path goes on below `path`, or ends in a slash (ENOTDIR);
 * - `unreadable`: the system refused to say what is at `path`.
 */
export type WalkProblem =
  | { readonly kind: 'missing'; readonly path: RootPath; readonly isLast: boolean }
  | { readonly kind: 'loop'; readonly path: RootPath }
  | { readonly kind: 'not-a-directory'; readonly path: RootPath }
  | { readonly kind: 'unreadable'; readonly path: RootPath; readonly reason: string };

/** MAXSYMLINKS of Linux (include/linux/namei.h): links that one lookup follows, wherever in the path they are. */
const MAX_HOPS = 40;

const ROOT = '/' as RootPath;

/** What a walk asks about canonical paths. */
export interface Nodes {
  at(path: RootPath): Node;
  /** Whether `at` has given a directory for this text, which is a canonical path then. */
  isKnownDirectory(path: string): path is RootPath;
}

/**
 * Walks `path` as the kernel would if the root were `/` (path_resolution(7)): absolute links start again at the
 * root, and the root's `..` is the root, so no walk leaves it. A link at the very end is followed or kept.
 */
export function walk(nodes: Nodes, path: RootPath, last: 'follow'): Walked;
export function walk(nodes: Nodes, path: RootPath, last: 'keep'): WalkedToEntry;
export function walk(nodes: Nodes, path: RootPath, last: 'follow' | 'keep'): WalkedToEntry {
  let at = startOf(nodes, path);
  const pending = namesBelow(at, path);
  let kind: 'file' | 'directory' | 'null' | 'other' = 'directory';
  let hops = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (kind !== 'directory') return { kind: 'not-a-directory', path: at };
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at = parentOf(at);
      continue;
    }
    const next = childOf(at, name);
    const found = nodes.at(next);
    switch (found.kind) {
      case 'missing':
        return { kind: 'missing', path: next, isLast: pending.every((rest) => rest === '') };
      case 'unreadable':
        return { kind: 'unreadable', path: next, reason: found.reason };
      case 'symlink':
        if (last === 'keep' && pending.length === 0) {
          return { kind: 'symlink', path: next, target: found.target };
        }
        hops += 1;
        if (hops > MAX_HOPS) return { kind: 'loop', path: next };
        if (found.target.startsWith('/')) {
          at = startOf(nodes, found.target);
          pending.push(...namesBelow(at, found.target));
        } else pending.push(...found.target.split('/').reverse());
        break;
      default:
        at = next;
        kind = found.kind;
    }
  }
  return { kind, path: at };
}

/** Where the walk along an absolute path begins: at its parent, once that is known, else at the root. */
function startOf(nodes: Nodes, path: string): RootPath {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return nodes.isKnownDirectory(parent) ? parent : ROOT;
}

/** The names that follow `start`, the last one first. */
function namesBelow(start: RootPath, path: string): string[] {
  return path.slice(start.length).split('/').reverse();
}

/** The parent of a canonical path; the root's is the root. */
export function parentOf(path: RootPath): RootPath {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as RootPath;
}

/** The last component of a canonical path; the root has none. */
export function nameOf(path: RootPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `name`, one component, below a canonical path. */
export function childOf(dir: RootPath, name: string): RootPath {
  return (dir === '/' ? `/${name}` : `${dir}/${name}`) as RootPath;
}
