import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, syncDirectory } from './state-directory.js';

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
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

const leftover = /^\..+\.[\da-f]{12}\.tmp$/;
const leftoverAgeMs = 60_000;

/** What a process that was killed left; what is younger may be of one that is about to rename it. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory).filter((each) => leftover.test(each))) {
    const path = join(directory, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() && Date.now() - stats.mtimeMs > leftoverAgeMs) rmSync(path, { force: true });
  }
}
