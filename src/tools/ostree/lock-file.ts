import {
  closeSync,
  constants,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { BoundImagesError } from '../../model/error.js';
import { errnoCode, errnoReason } from '../../text/errno.js';

/**
 * libostree's lock file: while it exists, the staged deployment is not finalized, whatever is in it
 * (ostree-sysroot-deploy.c, `_ostree_sysroot_finalize_impl_staged_deployment`). It lies in /run, so that it ends with
 * the boot, as what is staged does; libostree removes it with the deployment: when that is unlocked, dropped or,
 * since 2023.7, replaced.
 */
export const stagedLockFile = '/run/ostree/staged-deployment-locked';

/** Whose lock file it is. Ours holds the ID of the deployment for which it was made; libostree's are empty. */
export type LockFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly deployment: string }
  | { readonly kind: 'theirs' };

const mark = /^bound-images (\S+)\n$/;
const longestMarkBytes = 1024;

/** Reads without following links: a file of ours is no link. */
export function readLockFile(path: string): LockFile {
  // As libostree looks: a link to nothing is no lock.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: 'absent' };
  const deployment = mark.exec(readStart(path))?.[1];
  return deployment === undefined ? { kind: 'theirs' } : { kind: 'ours', deployment };
}

function readStart(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(longestMarkBytes);
      return bytes.toString('utf8', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    // It is a lock all the same, and what cannot be read is none of ours.
    return '';
  }
}

/**
 * Makes the lock file for a deployment, whole from its first moment on. `false` when there is one already.
 *
 * @throws BoundImagesError `deployment`.
 */
export function createLockFile(path: string, deployment: string): boolean {
  return withMark(path, deployment, (temporary) => {
    try {
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (errnoCode(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * Makes a lock file that is there already ours, for this deployment. There is no moment without a lock.
 *
 * @throws BoundImagesError `deployment`.
 */
export function claimLockFile(path: string, deployment: string): void {
  withMark(path, deployment, (temporary) => renameSync(temporary, path));
}

function withMark<T>(path: string, deployment: string, use: (temporary: string) => T): T {
  const temporary = `${path}.bound-images-${process.pid}`;
  try {
    writeFileSync(temporary, `bound-images ${deployment}\n`, { mode: 0o644 });
    return use(temporary);
  } catch (cause) {
    throw unwritable(path, cause);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Removes the lock file if it is ours for this deployment.
 *
 * @throws BoundImagesError `deployment`.
 */
export function removeLockFile(path: string, deployment: string): void {
  const found = readLockFile(path);
  if (found.kind !== 'ours' || found.deployment !== deployment) return;
  try {
    rmSync(path, { force: true });
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): BoundImagesError {
  return new BoundImagesError('deployment', `${path} cannot be written: ${errnoReason(cause)}`, {
    hint: 'run it as root; in a unit, /run/ostree has to be writable',
    cause,
  });
}
