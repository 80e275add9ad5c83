import type { RootPath } from '../model/path.js';
import type { ComparableTree, TreeEntry, TreeMetadata } from './tree.js';
import { childOf } from './walk.js';

/**
 * Whether a directory of the host's /etc holds anything, at any depth, that the merge copies to the next boot:
 * something added or modified since `base`, the same directory of /usr/etc. A deletion is nothing to copy.
 * Source: ostree_diff_dirs_with_options() in ostree's src/libostree/ostree-diff.c.
 */
export function hasCarriedOver(tree: ComparableTree, base: RootPath, host: RootPath): boolean {
  const listing = tree.readDirectory(host);
  if (!listing.ok) return true;
  return listing.names.some((name) => {
    const baseChild = childOf(base, name);
    const hostChild = childOf(host, name);
    const before = tree.stat(baseChild);
    const now = tree.stat(hostChild);
    if (now.kind === 'missing') return false;
    if (before.kind !== 'directory' || now.kind !== 'directory') {
      return isModified(tree, baseChild, before, hostChild, now);
    }
    return !sameOwnerAndMode(before, now) || hasCarriedOver(tree, baseChild, hostChild);
  });
}

/**
 * Whether something that is no directory on both sides differs: in type, mode, owner, group, link target or
 * content, but not in extended attributes or times (OSTREE_DIFF_FLAGS_IGNORE_XATTRS, and the checksum of
 * ostree_checksum_file_from_input() in ostree's src/libostree/ostree-core.c). What cannot be compared counts as
 * modified: the host's file is then the one that a message names.
 */
export function isModified(
  tree: ComparableTree,
  base: RootPath,
  before: TreeEntry,
  host: RootPath,
  now: TreeEntry,
): boolean {
  if (before.kind === 'symlink' && now.kind === 'symlink') {
    return !sameOwnerAndMode(before, now) || !sameTarget(tree, base, host);
  }
  if (before.kind === 'file' && now.kind === 'file') {
    if (!sameOwnerAndMode(before, now) || before.sizeBytes !== now.sizeBytes) return true;
    return !tree.sameContent(base, host);
  }
  return true;
}

export function sameOwnerAndMode(a: TreeMetadata, b: TreeMetadata): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

function sameTarget(tree: ComparableTree, a: RootPath, b: RootPath): boolean {
  const first = tree.readLink(a);
  const second = tree.readLink(b);
  return first.ok && second.ok && first.target === second.target;
}
