import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BoundImagesError } from '../error.js';
import { bootId } from '../process/boot-id.js';
import { errnoReason } from '../root/errno.js';

/**
 * A private directory of this run, for what is on its way into the store and for credentials in use. It lies
 * where podman would put its own temporary files (podman(1), TMPDIR).
 */
export interface WorkDirectory {
  /** Makes a new subdirectory that only this user may enter, the first time with the directory itself. */
  subdirectory(): string;
  remove(): void;
}

/** Where podman puts its temporary files (podman(1), TMPDIR). */
export function temporaryDirectory(): string {
  return resolve(process.env.TMPDIR || '/var/tmp');
}

const prefix = 'bound-images-';
const ownerPattern = /^bound-images-(([\da-f-]+)\.(\d+)\.(\d+)\.\d+)-\w+$/;

/**
 * A work directory below `parent`. What earlier runs left there, because they were killed, is removed at once:
 * there may be credentials in it.
 *
 * @throws BoundImagesError `temporary-files` when `parent` cannot be written to.
 */
export function workDirectory(parent = temporaryDirectory()): WorkDirectory {
  removeLeftovers(parent);
  let path: string | undefined;
  let count = 0;
  return {
    subdirectory: () => {
      path ??= make(parent);
      count += 1;
      const subdirectory = join(path, String(count));
      mkdirSync(subdirectory, { mode: 0o700 });
      return subdirectory;
    },
    remove: () => {
      if (path !== undefined) removeIfPossible(path);
    },
  };
}

/** What cannot be removed now, because something still writes there, is left for later, or for the next run. */
export function removeIfPossible(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // Whatever was done there is done.
  }
}

function make(parent: string): string {
  try {
    // The name says whose it is. A file inside would not: a run that is killed while it makes or removes the
    // directory leaves the one without the other.
    return mkdtempSync(join(parent, `${prefix}${identify(process.pid)}-`));
  } catch (error) {
    throw new BoundImagesError(
      'temporary-files',
      `no directory for temporary files can be made in ${parent}: ${errnoReason(error)}`,
      { hint: 'set TMPDIR to a directory on a file system with room for the layers', cause: error },
    );
  }
}

function removeLeftovers(parent: string): void {
  for (const name of list(parent)) {
    const owner = ownerPattern.exec(name);
    if (owner !== null && isGone(owner) && isOurs(join(parent, name))) {
      removeIfPossible(join(parent, name));
    }
  }
}

/** What is no directory, or may not be read, is told when a directory is to be made there. */
function list(parent: string): readonly string[] {
  try {
    return readdirSync(parent);
  } catch {
    return [];
  }
}

/**
 * Whether the owner of a directory is gone. In doubt it is not: it may be of a container that shares the
 * directory but not the process numbers.
 */
function isGone([, owner, boot, namespace, pid]: RegExpExecArray): boolean {
  try {
    if (boot !== bootId()) return true;
    return namespace === readNamespace() && identify(Number(pid)) !== owner;
  } catch {
    return false;
  }
}

/** Another user may have put something there under such a name. */
function isOurs(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

/** Who a process is, beyond its number, which the kernel gives out again: boot, PID namespace, start time. */
function identify(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the second field may hold blanks and brackets; field 22, the start time, is the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, whenever its parent looks.
    if (fields[0] === 'Z') return undefined;
    const startTime = fields[19];
    return [bootId(), readNamespace(), pid, startTime].join('.');
  } catch {
    return undefined;
  }
}

/** namespaces(7): the link reads `pid:[INODE]`. */
function readNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
}
