import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import { errnoReason } from '../text/errno.js';
import { bootId, pidNamespace } from '../tools/process/boot-id.js';

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
const ownerPattern = /^bound-images-(([\da-f-]+)\.(\d+)\.(\d+)\.\d+)-\w+(?:\.\d+\.)?$/;

/** Where podman puts its temporary files when it is told nothing. */
const usualDirectory = '/var/tmp';
/** podman before 4.4 unpacks an oci-archive there, whatever TMPDIR says, only to see its name. */
const unpackedPattern = /^oci\d+$/;

/**
 * A work directory below `parent`. What earlier runs left there, because they were killed, is removed at once:
 * there may be credentials in it.
 *
 * @throws BoundImagesError `temporary-files` when `parent` cannot be written to.
 */
export function workDirectory(parent = temporaryDirectory()): WorkDirectory {
  removeLeftovers([parent]);
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
      if (path === undefined) return;
      removeIfPossible(path);
      removeUnpacked(`${basename(path)}.`);
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

/**
 * Removes what runs left that are gone, and what their podmans left. It takes a look at two directories, so that every
 * run can do it that may pull, also one that finds nothing to pull.
 */
export function removeLeftovers(parents: readonly string[] = [temporaryDirectory(), usualDirectory]): void {
  for (const parent of new Set(parents)) {
    for (const name of list(parent)) {
      if (isOfGone(name) && isOurs(join(parent, name))) removeIfPossible(join(parent, name));
    }
    for (const { directory, marks } of unpackedArchives(parent)) {
      if (marks.some(isOfGone)) removeIfPossible(directory);
    }
  }
}

function isOfGone(name: string): boolean {
  const owner = ownerPattern.exec(name);
  return owner !== null && isGone(owner);
}

/** The name of a file that says of a directory with it, made by podman, for which subdirectory it was made. */
export function markOf(subdirectory: string): string {
  return `${basename(dirname(subdirectory))}.${basename(subdirectory)}.`;
}

/** Removes what a podman that was killed has unpacked; `mark` may be the beginning of several. */
export function removeUnpacked(mark: string): void {
  for (const { directory, marks } of unpackedArchives(usualDirectory)) {
    if (marks.some((each) => each.startsWith(mark))) removeIfPossible(directory);
  }
}

function unpackedArchives(
  parent: string,
): readonly { readonly directory: string; readonly marks: readonly string[] }[] {
  return list(parent)
    .filter((name) => unpackedPattern.test(name))
    .map((name) => join(parent, name))
    .filter(isOurs)
    .map((directory) => ({ directory, marks: list(directory) }));
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
    return namespace === pidNamespace() && identify(Number(pid)) !== owner;
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
    return [bootId(), pidNamespace(), pid, startTime].join('.');
  } catch {
    return undefined;
  }
}
