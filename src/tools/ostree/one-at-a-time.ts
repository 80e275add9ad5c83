import { closeSync, constants, openSync } from 'node:fs';
import { BoundImagesError } from '../../model/error.js';
import { errnoReason } from '../../text/errno.js';
import { findProgram } from '../process/find-program.js';
import { flock } from '../process/flock.js';

/** A change takes a moment, unless another program such as an updater holds the sysroot. */
const waitMs = 30_000;

/**
 * Runs a change of libostree's lock file `path` while no other process of this tool makes one: of two that lock at
 * the same time, one would take the other's lock for that of a stranger. Where the other one does not come to an
 * end, or there is no flock(1), it is run all the same: a lock counts for more than whose it is.
 *
 * @throws BoundImagesError `deployment`, and what `change` throws.
 */
export async function oneAtATime<T>(path: string, signal: AbortSignal, change: () => Promise<T>): Promise<T> {
  const fd = openTurn(`${path}.bound-images`);
  try {
    if (findProgram('flock') !== undefined) await flock(fd, waitMs, signal);
    signal.throwIfAborted();
    return await change();
  } finally {
    closeSync(fd);
  }
}

function openTurn(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new BoundImagesError('deployment', `${path} cannot be opened: ${errnoReason(cause)}`, {
      hint: 'run it as root; in a unit, /run/ostree has to be writable',
      cause,
    });
  }
}
