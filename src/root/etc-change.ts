import { closeSync, constants, openSync, readSync } from 'node:fs';
import { fsPath, type HostPath, type RootPath } from './path.js';
import type { Tree, TreeEntry, TreeMetadata } from './tree.js';
import { childOf } from './walk.js';

/**
 * Whether a directory of the host's /etc holds anything, at any depth, that the merge copies to the next boot:
 * something added or modified since `base`, the same directory of /usr/etc. A deletion is nothing to copy.
 * Source: ostree_diff_dirs_with_options() in ostree's src/libostree/ostree-diff.c.
 */
export function hasCarriedOver(tree: Tree, base: RootPath, host: RootPath): boolean {
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
  tree: Tree,
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
    return !sameContent(tree.hostPath(base), tree.hostPath(host), now.sizeBytes);
  }
  return true;
}

export function sameOwnerAndMode(a: TreeMetadata, b: TreeMetadata): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

function sameTarget(tree: Tree, a: RootPath, b: RootPath): boolean {
  const first = tree.readLink(a);
  const second = tree.readLink(b);
  return first.ok && second.ok && first.target === second.target;
}

const CHUNK_BYTES = 65_536;

/** Compares two files of `sizeBytes`, a chunk at a time: nothing bounds the size of a file in /etc. */
function sameContent(a: HostPath, b: HostPath, sizeBytes: number): boolean {
  const fds: number[] = [];
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const first = openSync(fsPath(a), flags);
    fds.push(first);
    const second = openSync(fsPath(b), flags);
    fds.push(second);
    for (let compared = 0; compared < sizeBytes; compared += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, sizeBytes - compared);
      if (!readChunk(first, length).equals(readChunk(second, length))) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** The next `length` bytes of a file, fewer only at its end. */
function readChunk(fd: number, length: number): Buffer {
  const chunk = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, chunk, filled, length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return chunk.subarray(0, filled);
}
