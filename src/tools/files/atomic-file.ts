import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from './directories.js';

/**
 * Replaces a file, or makes it, in such a way that at every moment, a loss of power included, there is either
 * the whole old content or the whole new one. Only this user may read it. Directories are made as needed.
 *
 * @throws the error of the system call that failed; unless that was the very last one, the old content stays.
 */
export function replaceFile(path: string, text: string): void {
  const directory = dirname(path);
  makeDirectory(directory);
  removeLeftovers(directory);
  stageFile(basename(path), text, (use) => use(directory)).commit();
  syncDirectory(directory);
}

/** Calls a function with the path of a directory, which may be another path, but no other directory, every time. */
export type Within = <T>(use: (directory: string) => T) => T;

/** New content that lies on the disk beside the file that it is for. */
export interface StagedFile {
  /** Takes the place of the file; for good once the directory is synced. @throws the error of the system call. */
  commit(): void;
  /** Leaves the file as it is, unless it was replaced already. Never throws. */
  discard(): void;
}

/**
 * Writes the content of the file `name` in a directory, to take its place later, with the owner and the mode of `like`;
 * without that, only this user may read it.
 *
 * @throws the error of the system call that failed.
 */
export function stageFile(
  name: string,
  content: string | Buffer,
  within: Within,
  like?: Pick<Stats, 'uid' | 'gid' | 'mode'>,
): StagedFile {
  const temporary = `.${name}.${randomBytes(6).toString('hex')}.tmp`;
  const discard = () => {
    try {
      within((directory) => rmSync(join(directory, temporary), { force: true }));
    } catch {
      // What cannot be removed now, a later run removes.
    }
  };

  function discardOnError(action: (directory: string) => void): void {
    try {
      within(action);
    } catch (error) {
      discard();
      throw error;
    }
  }

  discardOnError((directory) => write(join(directory, temporary), content, like));
  return {
    commit: () =>
      discardOnError((directory) => renameSync(join(directory, temporary), join(directory, name))),
    discard,
  };
}

function write(path: string, content: string | Buffer, like: Parameters<typeof stageFile>[3]): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(fd, content);
    if (like !== undefined) {
      fchownSync(fd, like.uid, like.gid);
      fchmodSync(fd, like.mode & 0o7777);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const leftover = /^\..+\.[\da-f]{12}\.tmp$/;
const leftoverAgeMs = 60_000;

/** Removes what a process that was killed left; what is younger than `ageMs` may be of one that is about to rename it. */
export function removeLeftovers(directory: string, ageMs = leftoverAgeMs): void {
  for (const name of readdirSync(directory).filter((each) => leftover.test(each))) {
    const path = join(directory, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > ageMs) rmSync(path, { force: true });
  }
}
