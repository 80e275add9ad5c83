import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { fsPath, type HostPath, type RootPath } from '../model/path.js';
import { errnoCode } from '../text/errno.js';
import { nameOf, parentOf } from './walk.js';

// Node has no name for it. It is the same on every architecture that Node is built for (uapi/asm-generic/fcntl.h). With
// it, a directory can be opened that may only be searched, as on the way of an ordinary path.
const O_PATH = 0o10000000;
const OPEN_FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** More directories than are read in turns, and few enough for a process that may hardly open a file. */
const keptDirectories = 16;

/** The directories below one, opened name by name, so that none of them can be exchanged for a link out of it. */
export interface Directories {
  /**
   * Calls `use` with a name for the directory at a canonical path, which this process may put names behind. It is good
   * for the time of the call.
   *
   * @throws the error of the system call that failed, or a sentence part where something took the place of a directory.
   */
  inside<T>(path: RootPath, use: (directory: HostPath) => T): T;
}

/**
 * The directories in `top`. The kernel looks a path up as a whole, so whoever may write into a root could put a link to
 * this host in the place of one of its directories between two looks at it. Node has no openat(2), but a name behind
 * `/proc/self/fd/N` is looked up in the directory that N is, whatever is at its path by now.
 *
 * Nobody has to close them. Reading is synchronous, and they are closed when it makes a break: a descriptor would keep
 * the file system of an image from being unmounted.
 */
export function directoriesIn(top: HostPath): Directories {
  /** The one that was used last is the last one. */
  const descriptors = new Map<RootPath, number>();
  /** That one, once more: most names are looked up in the directory of the name before. */
  let last: { readonly path: RootPath; readonly directory: HostPath } | undefined;

  function inside<T>(path: RootPath, use: (directory: HostPath) => T): T {
    try {
      return use(open(path));
    } catch (error) {
      if (!isFull(error)) throw error;
      closeAllBut(path);
      return use(open(path));
    }
  }

  function open(path: RootPath): HostPath {
    if (last?.path === path) return last.directory;
    const directory = openAll(path);
    last = { path, directory };
    return directory;
  }

  function openAll(path: RootPath): HostPath {
    // Paths may be deeper than a function may call itself.
    const closed: RootPath[] = [];
    let at = path;
    for (; !descriptors.has(at) && at !== '/'; at = parentOf(at)) closed.push(at);
    let directory = descriptors.has(at) ? used(at) : openTop();
    for (let next = closed.pop(); next !== undefined; next = closed.pop()) {
      directory = openChild(directory, next);
    }
    return directory;
  }

  function used(path: RootPath): HostPath {
    const descriptor = descriptors.get(path) ?? -1;
    descriptors.delete(path);
    descriptors.set(path, descriptor);
    return named(descriptor);
  }

  function openTop(): HostPath {
    const directory = keep('/' as RootPath, openSync(fsPath(top), OPEN_FLAGS));
    // Without procfs, the names behind it would lead to nothing, and a root that binds images would seem to bind none.
    if (!isSame(directory, descriptors.get('/' as RootPath) ?? -1)) throw new Error('/proc is not mounted');
    return directory;
  }

  function openChild(parent: HostPath, path: RootPath): HostPath {
    const child = `${parent}/${nameOf(path)}` as HostPath;
    try {
      return keep(path, openSync(fsPath(child), OPEN_FLAGS));
    } catch (error) {
      if (errnoCode(error) === 'ENOTDIR' && isLink(child)) {
        throw new Error(`${path} became a symbolic link while the root was read`);
      }
      if (!isFull(error) || descriptors.size < 2) throw error;
      closeAllBut(parentOf(path));
      return keep(path, openSync(fsPath(child), OPEN_FLAGS));
    }
  }

  function keep(path: RootPath, descriptor: number): HostPath {
    if (descriptors.size === 0) queueMicrotask(() => closeAllBut(null));
    descriptors.set(path, descriptor);
    const [oldest] = descriptors.keys();
    if (descriptors.size > keptDirectories && oldest !== undefined) close(oldest);
    return named(descriptor);
  }

  function closeAllBut(kept: RootPath | null): void {
    for (const path of [...descriptors.keys()]) if (path !== kept) close(path);
  }

  function close(path: RootPath): void {
    if (last?.path === path) last = undefined;
    closeSync(descriptors.get(path) ?? -1);
    descriptors.delete(path);
  }

  return { inside };
}

function named(descriptor: number): HostPath {
  return `/proc/self/fd/${descriptor}` as HostPath;
}

function isSame(directory: HostPath, descriptor: number): boolean {
  const there = lstatSync(`${directory}/.`, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(descriptor);
  return there?.dev === dev && there.ino === ino;
}

function isLink(path: HostPath): boolean {
  return lstatSync(fsPath(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** EMFILE: this process may open no more files; ENFILE: nobody may. */
function isFull(error: unknown): boolean {
  const code = errnoCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}
