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
import { decodeLatin1, fsPath, type HostPath, type RootPath } from '../model/path.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { directoriesIn } from './directories.js';
import type { ComparableTree, Tree, TreeEntry, TreeFile } from './tree.js';
import { nameOf, parentOf } from './walk.js';

// O_NONBLOCK: opening a FIFO would otherwise wait for a writer, should one take the place of a file.
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * The tree in the directory `hostDir`, as it is on disk, except that `/dev/null` always exists: an unpacked
 * root has an empty `/dev` or none, the booted one a full one, and links to `/dev/null` mask files.
 */
export function diskTree(hostDir: HostPath): ComparableTree {
  const prefix = hostDir === '/' ? '' : hostDir;
  const directories = directoriesIn(hostDir);

  /** Calls `use` with a name for what is at `path`, in the directory that holds it. */
  function at<T>(path: RootPath, use: (hostPath: HostPath) => T): T {
    const name = path === '/' ? '.' : nameOf(path);
    return directories.inside(parentOf(path), (directory) => use(`${directory}/${name}` as HostPath));
  }

  function openFile<T>(path: RootPath, use: (fd: number) => T): T {
    return at(path, (hostPath) => withFile(hostPath, use));
  }

  function stat(path: RootPath): TreeEntry {
    if (path === '/dev/null') return { kind: 'null' };
    try {
      const stats = at(path, (hostPath) => lstatSync(fsPath(hostPath), { throwIfNoEntry: false }));
      if (stats !== undefined) return entryOf(stats);
    } catch (error) {
      throwIfOutOfFiles(error);
      if (!cannotExist(error)) return { kind: 'unreadable', reason: errnoReason(error) };
    }
    return path === '/dev' ? EMPTY_DIRECTORY : { kind: 'missing' };
  }

  function readLink(path: RootPath): ReturnType<Tree['readLink']> {
    try {
      const target = at(path, (hostPath) => readlinkSync(fsPath(hostPath), { encoding: 'latin1' }));
      return { ok: true, target: decodeLatin1(target) };
    } catch (error) {
      throwIfOutOfFiles(error);
      return { ok: false, reason: errnoReason(error) };
    }
  }

  function readFile(path: RootPath, limitBytes: number): TreeFile {
    if (path === '/dev/null') return { ok: true, bytes: Buffer.alloc(0) };
    try {
      return openFile(path, (fd) => readRegularFile(fd, limitBytes));
    } catch (error) {
      throwIfOutOfFiles(error);
      return { ok: false, kind: 'unreadable', reason: errnoReason(error) };
    }
  }

  function readDirectory(path: RootPath): ReturnType<Tree['readDirectory']> {
    try {
      const names = directories.inside(path, (directory) => readdirSync(directory, { encoding: 'latin1' }));
      return { ok: true, names: names.sort().map(decodeLatin1) };
    } catch (error) {
      throwIfOutOfFiles(error);
      if (path === '/dev' && errnoCode(error) === 'ENOENT') return { ok: true, names: [] };
      return { ok: false, reason: errnoReason(error) };
    }
  }

  function sameContent(a: RootPath, b: RootPath): boolean {
    try {
      return openFile(a, (first) => openFile(b, (second) => sameBytes(first, second)));
    } catch {
      return false;
    }
  }

  return {
    stat,
    readLink,
    readFile,
    readDirectory,
    sameContent,
    hostPath: (path) => (path === '/' ? hostDir : prefix + path) as HostPath,
  };
}

const EMPTY_DIRECTORY: TreeEntry = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };

/** That this process may open no more files says nothing of the root. */
function throwIfOutOfFiles(error: unknown): void {
  const code = errnoCode(error);
  if (code === 'EMFILE' || code === 'ENFILE') throw error;
}

/** ENOENT, ENOTDIR: a parent is missing, or a file. ERR_INVALID_ARG_VALUE: Node's word for a NUL, which no name can hold. */
function cannotExist(error: unknown): boolean {
  const code = errnoCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ERR_INVALID_ARG_VALUE';
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

function withFile<T>(path: HostPath, use: (fd: number) => T): T {
  const fd = openSync(fsPath(path), OPEN_FLAGS);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function readRegularFile(fd: number, limitBytes: number): TreeFile {
  const stats = fstatSync(fd);
  if (!stats.isFile()) return { ok: false, kind: 'not-a-file' };
  if (stats.size > limitBytes) return { ok: false, kind: 'too-large' };
  const bytes = readUpTo(fd, stats.size, limitBytes + 1);
  return bytes.length > limitBytes ? { ok: false, kind: 'too-large' } : { ok: true, bytes };
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

const CHUNK_BYTES = 65_536;

/** Compares two files a chunk at a time: nothing bounds the size of a file in /etc. */
function sameBytes(a: number, b: number): boolean {
  const [first, second] = [fstatSync(a), fstatSync(b)];
  if (!first.isFile() || !second.isFile() || first.size !== second.size) return false;
  for (let compared = 0; compared < first.size; compared += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, first.size - compared);
    if (!readUpTo(a, length, length).equals(readUpTo(b, length, length))) return false;
  }
  return true;
}
