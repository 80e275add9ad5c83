import type { Failure } from '../../model/failure.js';
import { noRoomAnywhere } from '../../model/no-room.js';
import { errnoCode, errnoReason } from '../../text/errno.js';

/** What it means that a file could not be written. */
export function writeFailure(error: unknown): Failure {
  const message = errnoReason(error);
  switch (errnoCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 'no-space', kind: 'local', message, ...noRoomAnywhere };
    case 'EROFS':
      return { code: 'read-only', kind: 'local', message, hint: null };
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
    case 'EFBIG':
    case 'EIO':
      return { code: 'limit', kind: 'local', message, hint: null };
    default:
      return { code: 'unknown', kind: 'permanent', message, hint: null };
  }
}
