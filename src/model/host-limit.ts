import { errnoCode, errnoReason } from '../text/errno.js';
import { BoundImagesError, type ErrorCode } from './error.js';

const processes = 'TasksMax= or LimitNPROC= of the systemd unit, or “ulimit -u”';

/** What this machine may run out of for any program, wherever that is noticed; by the code of the system call. */
const limits: Readonly<Record<string, readonly [ErrorCode, what: string, hint: string]>> = {
  EMFILE: [
    'limit',
    'this process may not open more files',
    'raise the limit of open files to 1024 at least: “ulimit -n”, or LimitNOFILE= of the systemd unit',
  ],
  ENFILE: [
    'exhausted',
    'this machine may not open more files',
    'see which program has so many files open, or raise fs.file-max (sysctl)',
  ],
  EAGAIN: ['exhausted', 'no more processes can be started', `end others, or raise ${processes}`],
  ENOMEM: ['exhausted', 'there is not enough memory', 'make memory free, or raise MemoryMax= of the unit'],
  ENOSPC: ['limit', 'a file system is full', 'make room there'],
  EDQUOT: ['limit', 'a quota is used up', 'make room there, or raise the quota'],
  EFBIG: ['limit', 'a file may not become larger', 'raise LimitFSIZE= of the systemd unit, or “ulimit -f”'],
  EROFS: ['limit', 'a file system cannot be written to', 'mount it read-write, or name another directory'],
  EIO: ['limit', 'a disk does not work', 'see the journal of the kernel'],
};

/** The error to tell where a system call, or one that caused this error, failed for a limit of this machine. */
export function hostLimit(error: unknown): BoundImagesError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    const [code, what, hint] = limits[errnoCode(cause) ?? ''] ?? [];
    if (code === undefined) continue;
    const path = 'path' in cause && typeof cause.path === 'string' ? ` (${cause.path})` : '';
    return new BoundImagesError(code, `${what}: ${errnoReason(cause)}${path}`, { hint: hint ?? '', cause });
  }
  return undefined;
}
