import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '../../text/errno.js';

/**
 * Makes a directory and the parents that are missing, for this user only; power may go out right afterwards.
 *
 * @throws the error of the system call. Node's own `recursive` says ENOENT of a file system that is read-only.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    syncDirectory(dirname(path));
  } catch (error) {
    if (errnoCode(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (errnoCode(error) !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}

/** Makes what was created, renamed and removed in a directory last (fsync(2)). */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // EINVAL: some file systems cannot do this for directories; they have nothing better to offer.
    if (errnoCode(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(fd);
  }
}
