import { BoundImagesError } from '../model/error.js';
import { errnoReason } from '../text/errno.js';

/**
 * The error for a file or directory of the state, or of the state in a store, that cannot be used; `problem` as in
 * `cannot be written`.
 */
export function stateError(
  path: string,
  problem: string,
  cause: unknown,
  of: 'state' | 'store' = 'state',
): BoundImagesError {
  const other = of === 'state' ? 'another' : 'another store';
  return new BoundImagesError('state', `${path} ${problem}: ${errnoReason(cause)}`, {
    hint: `make sure that the directory is on a writable file system with free space, or name ${other}`,
    reason: { kind: `${of}-directory` },
    cause,
  });
}
