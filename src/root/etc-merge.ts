import { compareNames, type RootPath, rootPath } from '../model/path.js';
import { hasCarriedOver, isModified, sameOwnerAndMode } from './etc-change.js';
import type { ComparableTree, Tree, TreeEntry } from './tree.js';
import { childOf, nameOf, parentOf } from './walk.js';

/** A directory of the current root's `/etc`, and the same one as its image had it: undefined for one that is new. */
export interface HostEtc {
  readonly tree: ComparableTree;
  readonly now: RootPath;
  readonly before: RootPath | undefined;
}

/**
 * A path below `/etc` after the merge. A directory is made of the new root's directories `own` (first one first)
 * and of what the host's carries over; anything else is one place in one of the trees.
 */
type EtcNode =
  | { readonly kind: 'missing' | 'leaf'; readonly tree: Tree; readonly path: RootPath }
  | EtcDirectory;

interface EtcDirectory {
  readonly kind: 'directory';
  readonly own: readonly RootPath[];
  readonly host: HostEtc | undefined;
}

const ROOT = rootPath('/');
const ETC = rootPath('/etc');
const MISSING: TreeEntry = { kind: 'missing' };

/**
 * `newTree` with an `/etc` of the new root's directories `own` and what `host` carries over.
 *
 * The rules are those of merge_configuration_from() in ostree's src/libostree/ostree-sysroot-deploy.c: what was
 * deleted on the host is deleted, with all below it; what was modified or added replaces the new root's; where
 * both have a directory, it is merged name by name; a directory that the new root dropped comes back with what
 * changed in it, or whole if its own owner or mode changed; sockets, FIFOs and devices are not copied. Where the
 * host has a file and the new root a directory, ostree refuses to finalize; the host's file is shown here.
 */
export function mergedEtc(newTree: Tree, own: readonly RootPath[], host: HostEtc | undefined): Tree {
  const top: EtcNode =
    own.length > 0 || host !== undefined
      ? { kind: 'directory', own, host }
      : { kind: 'missing', tree: newTree, path: ETC };
  const seen = new Map<RootPath, EtcNode>([[ETC, top]]);

  function nodeAt(path: RootPath): EtcNode {
    const known = seen.get(path);
    if (known !== undefined) return known;
    const parent = nodeAt(parentOf(path));
    const node: EtcNode =
      parent.kind === 'directory'
        ? mergedChild(newTree, parent, path)
        : { kind: 'missing', tree: newTree, path };
    seen.set(path, node);
    return node;
  }

  /** The tree and the path in it where `path` is to be found. */
  function placeOf(path: RootPath): { tree: Tree; path: RootPath } {
    if (!isBelowEtc(path)) return { tree: newTree, path };
    const node = nodeAt(path);
    if (node.kind !== 'directory') return node;
    const [first] = node.own;
    if (first !== undefined || node.host === undefined) return { tree: newTree, path: first ?? path };
    return { tree: node.host.tree, path: node.host.now };
  }

  function stat(path: RootPath): TreeEntry {
    if (isBelowEtc(path) && nodeAt(path).kind === 'missing') return MISSING;
    const place = placeOf(path);
    return place.tree.stat(place.path);
  }

  function readDirectory(path: RootPath): ReturnType<Tree['readDirectory']> {
    if (path === ROOT) return withEtc(newTree.readDirectory(ROOT), top.kind !== 'missing');
    const node = isBelowEtc(path) ? nodeAt(path) : undefined;
    if (node?.kind !== 'directory') {
      const place = placeOf(path);
      return place.tree.readDirectory(place.path);
    }
    const listings = node.own.map((dir) => newTree.readDirectory(dir));
    if (node.host !== undefined) listings.push(node.host.tree.readDirectory(node.host.now));
    const names = new Set<string>();
    for (const listing of listings) {
      if (!listing.ok) return listing;
      for (const name of listing.names) names.add(name);
    }
    const kept = [...names].filter((name) => nodeAt(childOf(path, name)).kind !== 'missing');
    return { ok: true, names: kept.sort(compareNames) };
  }

  return {
    stat,
    readDirectory,
    readLink: (path) => {
      const place = placeOf(path);
      return place.tree.readLink(place.path);
    },
    readFile: (path, limitBytes) => {
      const place = placeOf(path);
      return place.tree.readFile(place.path, limitBytes);
    },
    hostPath: (path) => {
      const place = placeOf(path);
      return place.tree.hostPath(place.path);
    },
  };
}

function isBelowEtc(path: RootPath): boolean {
  return path === ETC || path.startsWith('/etc/');
}

/** A bare commit has `/usr/etc` only, but the booted root lists `/etc`. */
function withEtc(listing: ReturnType<Tree['readDirectory']>, hasEtc: boolean): typeof listing {
  if (!listing.ok || !hasEtc || listing.names.includes('etc')) return listing;
  return { ok: true, names: [...listing.names, 'etc'].sort(compareNames) };
}

function mergedChild(newTree: Tree, parent: EtcDirectory, path: RootPath): EtcNode {
  const name = nameOf(path);
  const own = ownChild(newTree, parent.own, name) ?? { kind: 'missing', tree: newTree, path };
  return parent.host === undefined ? own : carriedOver(own, parent.host, name);
}

/** `name` in the first of the directories that has it; later ones add to it where both have a directory. */
function ownChild(newTree: Tree, dirs: readonly RootPath[], name: string): EtcNode | undefined {
  const candidates = dirs
    .map((dir) => childOf(dir, name))
    .map((path) => ({ path, kind: newTree.stat(path).kind }))
    .filter(({ kind }) => kind !== 'missing');
  const [first] = candidates;
  if (first === undefined) return undefined;
  if (first.kind !== 'directory') return { kind: 'leaf', tree: newTree, path: first.path };
  const directories = candidates.filter(({ kind }) => kind === 'directory');
  return { kind: 'directory', own: directories.map(({ path }) => path), host: undefined };
}

/** What `name` is after the merge, where the new root alone would have `own`. */
function carriedOver(own: EtcNode, parent: HostEtc, name: string): EtcNode {
  const { tree } = parent;
  const now = childOf(parent.now, name);
  const before = parent.before === undefined ? undefined : childOf(parent.before, name);
  const nowEntry = tree.stat(now);
  const beforeEntry = before === undefined ? MISSING : tree.stat(before);
  const whole: EtcDirectory = { kind: 'directory', own: [], host: { tree, now, before: undefined } };

  if (nowEntry.kind === 'missing') {
    return beforeEntry.kind === 'missing' ? own : { kind: 'missing', tree, path: now };
  }
  if (before === undefined || beforeEntry.kind === 'missing') {
    if (nowEntry.kind !== 'directory') return copied(tree, now, nowEntry);
    return own.kind === 'directory' ? { ...own, host: whole.host } : whole;
  }
  if (nowEntry.kind === 'directory' && beforeEntry.kind === 'directory') {
    const host: HostEtc = { tree, now, before };
    if (own.kind === 'directory') return { ...own, host };
    if (!sameOwnerAndMode(beforeEntry, nowEntry)) return whole;
    return hasCarriedOver(tree, before, now) ? { kind: 'directory', own: [], host } : own;
  }
  if (nowEntry.kind === 'directory') {
    // copy_modified_config_file() leaves a directory of the new root alone, and the differences below a path
    // whose type changed are not looked for.
    return own.kind === 'directory' ? own : whole;
  }
  return isModified(tree, before, beforeEntry, now, nowEntry) ? copied(tree, now, nowEntry) : own;
}

function copied(tree: Tree, path: RootPath, entry: TreeEntry): EtcNode {
  return { kind: entry.kind === 'other' ? 'missing' : 'leaf', tree, path };
}
