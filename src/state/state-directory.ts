import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { errnoCode } from '../root/errno.js';

/** Whose state it is. */
export interface User {
  readonly uid: number;
  readonly home: string;
  /** `XDG_STATE_HOME`. */
  readonly stateHome: string | undefined;
}

function thisUser(): User {
  return {
    uid: process.getuid?.() ?? 0,
    home: homedir(),
    stateHome: process.env.XDG_STATE_HOME,
  };
}

/**
 * The absolute path of the directory for receipts, locks and the record of pulled images: the given one, else
 * that of the user (XDG Base Directory Specification; root has no home on every host). It need not exist.
 */
export function stateDirectory(given: string | undefined, user = thisUser()): string {
  if (given !== undefined) return resolve(given);
  if (user.uid === 0) return '/var/lib/bound-images';
  // A relative path there is invalid and to be ignored.
  const { stateHome = '' } = user;
  return join(isAbsolute(stateHome) ? stateHome : join(user.home, '.local/state'), 'bound-images');
}

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
