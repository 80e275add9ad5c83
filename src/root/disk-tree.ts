import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { errnoCode, errnoReason } from './errno.js';
import { decodeLatin1, fsPath, type HostPath, type RootPath } from './path.js';
import type { Tree, TreeEntry, TreeFile } from './tree.js';

// O_NONBLOCK: opening a FIFO would otherwise wait for a writer, should one take the place of a file.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The tree in the directory `hostDir`, as it is on disk, except that `/dev/null` always exists: an unpacked
 * root has an empty `/dev` or none, the booted one a full one, and links to `/dev/null` mask files.
 */
export function diskTree(hostDir: HostPath): Tree {
  const prefix = hostDir === '/' ? '' : hostDir;

  function hostPath(path: RootPath): HostPath {
    return (path === '/' ? hostDir : prefix + path) as HostPath;
  }

  function stat(path: RootPath): TreeEntry {
    if (path === '/dev/null') return { kind: 'null' };
    try {
      const stats = lstatSync(fsPath(hostPath(path)), { throwIfNoEntry: false });
      if (stats !== undefined) return entryOf(stats);
    } catch (error) {
      if (!cannotExist(error)) return { kind: 'unreadable', reason: errnoReason(error) };
    }
    return path === '/dev' ? EMPTY_DIRECTORY : { kind: 'missing' };
  }

  function readLink(path: RootPath): ReturnType<Tree['readLink']> {
    try {
      return { ok: true, target: decodeLatin1(readlinkSync(fsPath(hostPath(path)), { encoding: 'latin1' })) };
    } catch (error) {
      return { ok: false, reason: errnoReason(error) };
    }
  }

  function readFile(path: RootPath, limitBytes: number): TreeFile {
    if (path === '/dev/null') return { ok: true, bytes: Buffer.alloc(0) };
    return readRegularFile(hostPath(path), limitBytes);
  }

  function readDirectory(path: RootPath): ReturnType<Tree['readDirectory']> {
    try {
      const names = readdirSync(fsPath(hostPath(path)), { encoding: 'latin1' });
      return { ok: true, names: names.sort().map(decodeLatin1) };
    } catch (error) {
      if (path === '/dev' && errnoCode(error) === 'ENOENT') return { ok: true, names: [] };
      return { ok: false, reason: errnoReason(error) };
    }
  }

  return { stat, readLink, readFile, readDirectory, hostPath };
}

const EMPTY_DIRECTORY: TreeEntry = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };

/** ENOTDIR: a parent is a file. ERR_INVALID_ARG_VALUE: Node's word for a NUL, which no name can hold. */
function cannotExist(error: unknown): boolean {
  const code = errnoCode(error);
  return code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE';
}

function entryOf(stats: Stats): TreeEntry {
  return {
    kind: kindOf(stats),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    sizeBytes: stats.size,
  };
}

function kindOf(stats: Stats): 'file' | 'directory' | 'symlink' | 'other' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

function readRegularFile(path: HostPath, limitBytes: number): TreeFile {
  let fd: number | undefined;
  try {
    fd = openSync(fsPath(path), OPEN_FLAGS);
    const stats = fstatSync(fd);
    if (!stats.isFile()) return { ok: false, kind: 'not-a-file' };
    if (stats.size > limitBytes) return { ok: false, kind: 'too-large' };
    const bytes = readUpTo(fd, stats.size, limitBytes + 1);
    return bytes.length > limitBytes ? { ok: false, kind: 'too-large' } : { ok: true, bytes };
  } catch (error) {
    return { ok: false, kind: 'unreadable', reason: errnoReason(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads to the end of the file or to `maxBytes`: `sizeHint` is 0 for files under /proc and may be outdated. */
function readUpTo(fd: number, sizeHint: number, maxBytes: number): Buffer {
  // One byte more than expected, so that the end shows without another buffer.
  let buffer = Buffer.allocUnsafe(Math.min(maxBytes, sizeHint + 1));
  let total = 0;
  while (total < maxBytes) {
    if (total === buffer.length) {
      buffer = Buffer.concat([buffer], Math.min(maxBytes, Math.max(65_536, 2 * buffer.length)));
    }
    const length = readSync(fd, buffer, total, buffer.length - total, null);
    if (length === 0) break;
    total += length;
    // Room was left, and the file ends where it was said to.
    if (total === sizeHint) break;
  }
  return buffer.subarray(0, total);
}
