import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs';
import { errnoCode, errnoReason } from '../text/errno.js';
import { firstPidNamespace, pidNamespace } from '../tools/process/boot-id.js';
import { type LockHolder, lockFileOf, readHolder, type SaidHolder } from './store-lock.js';

/** Who works on a store, as far as a look can tell. */
export type StoreWorker =
  | { readonly kind: 'none' }
  /** `holder` is null when it has not said who it is. */
  | { readonly kind: 'busy'; readonly holder: LockHolder | null }
  /** `reason` is a clause. */
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Which process has the lock of the store with that `graphRoot`. It writes nothing, makes nothing, and does not try the
 * lock: that would keep others from it for a moment, in whatever mode. flock(2) knows no question, so the kernel's list
 * of the locks of each open file is read (`/proc/PID/fdinfo`, proc(5)). `/proc/locks` would not do: in a PID namespace it
 * leaves out what was locked by a process that is gone, as flock(1) is, and it names files by numbers that are not those
 * of stat(2) on btrfs and overlayfs.
 *
 * A process of another PID namespace may be one that cannot be seen: where one says that it is at work, it is unknown.
 */
export function storeWorker(graphRoot: string, here = pidNamespace()): StoreWorker {
  const path = lockFileOf(graphRoot);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return findWorker(fstatSync(fd), readHolder(fd), here);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // Nobody has ever worked on it.
    if (errnoCode(error) === 'ENOENT') return { kind: 'none' };
    return { kind: 'unknown', reason: `${path} cannot be read: ${errnoReason(error)}` };
  }
}

function findWorker(file: Stats, said: SaidHolder | null, here: string): StoreWorker {
  const named = said?.pidNamespace === here ? `${said.holder.pid}` : undefined;
  if (said !== null && named !== undefined) {
    const isNamed = isLocking(named, file);
    if (isNamed === true) return { kind: 'busy', holder: said.holder };
    if (isNamed === undefined) return { kind: 'unknown', reason: `process ${named} cannot be looked at` };
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => isLocking(pid, file) === true);
  if (found !== undefined) {
    const isSaid = said !== null && namesOf(found).includes(`${said.holder.pid}`);
    return { kind: 'busy', holder: isSaid ? said.holder : null };
  }
  // Who has said so and cannot be found has been killed, unless it may be one that cannot be seen from here.
  if (said === null || named !== undefined || here === firstPidNamespace) return { kind: 'none' };
  const reason = `process ${said.holder.pid} of another PID namespace has said that it is, and cannot be seen`;
  return { kind: 'unknown', reason };
}

const lockLine = /^lock:\s+\d+: FLOCK\s+ADVISORY\s+WRITE /m;

/** Whether a process has locked an open file; undefined when it may not be looked at. */
function isLocking(pid: string, { dev, ino }: Stats): boolean | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        // Its name comes first, at whatever place it is mounted: to look at a file of another host may take for ever.
        if (!readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith('/lock')) return false;
        const open = statSync(`/proc/${pid}/fd/${fd}`);
        const isIt = open.dev === dev && open.ino === ino;
        return isIt && lockLine.test(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'));
      } catch {
        // It has closed it.
        return false;
      }
    });
  } catch (error) {
    // Else it has ended.
    return errnoCode(error) === 'EACCES' ? undefined : false;
  }
}

/** The numbers of a process, in each PID namespace that it is in. */
function namesOf(pid: string): readonly string[] {
  try {
    const line = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return (line?.[1] ?? '').split(/\s+/);
  } catch {
    return [];
  }
}
