import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import { readJson } from '../text/json.js';
import { printable } from '../text/printable.js';
import { count, elseAs, object, text, time } from '../text/shape.js';
import { removeLeftovers } from '../tools/files/atomic-file.js';
import { makeDirectory } from '../tools/files/directories.js';
import { pidNamespace } from '../tools/process/boot-id.js';
import { flock } from '../tools/process/flock.js';
import { stateError } from './state-error.js';
import { storeDirectory } from './store-directory.js';

/** The process that has a lock, as it said itself. */
export interface LockHolder {
  readonly pid: number;
  /** Its program and arguments, printable. */
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

export type StoreLock =
  | { readonly kind: 'locked'; release(): void }
  /** `holder` is null when it has not said, or no more. */
  | { readonly kind: 'held'; readonly holder: LockHolder | null };

export interface LockWait {
  /** Ends the waiting, as the limit does: the answer is `held`. */
  readonly signal: AbortSignal;
  /** 0: do not wait. `Infinity`: without limit. */
  readonly limitMs: number;
  /** Told once when there is something to wait for. */
  readonly onWait?: ((holder: LockHolder | null) => void) | undefined;
  /** What others are told that wait for this process; its command line by default. */
  readonly command?: string | undefined;
}

/**
 * Takes the lock of the store with that `graphRoot` for this process: one at a time has it. The kernel releases it
 * when the process ends in whatever way.
 *
 * @throws BoundImagesError `state` when there can be no lock, `tool-missing` without flock(1).
 */
export async function lockStore(graphRoot: string, wait: LockWait): Promise<StoreLock> {
  const path = lockFileOf(graphRoot);
  const until = performance.now() + wait.limitMs;
  let onWait = wait.onWait;
  for (;;) {
    const fd = openLock(path);
    let isKept = false;
    try {
      const isLocked = (waitMs: number) => flock(fd, waitMs, wait.signal);
      if (!(await isLocked(0))) {
        const restMs = wait.signal.aborted ? 0 : until - performance.now();
        if (restMs > 0) onWait?.(holderOf(fd));
        onWait = undefined;
        if (restMs <= 0 || !(await isLocked(restMs))) return { kind: 'held', holder: holderOf(fd) };
      }
      if (isStillAt(path, fd)) {
        isKept = true;
        writeHolder(fd, thisProcess(wait.command));
        tidy(dirname(path));
        return { kind: 'locked', release: releaseOnce(fd) };
      }
    } catch (error) {
      throw error instanceof BoundImagesError ? error : lockError(path, 'cannot be locked', error);
    } finally {
      if (!isKept) closeSync(fd);
    }
  }
}

/** The file that is locked. It stays when nobody works on the store. */
export function lockFileOf(graphRoot: string): string {
  return join(storeDirectory(graphRoot), 'lock');
}

const lockError = (path: string, problem: string, cause: unknown) =>
  stateError(path, problem, cause, 'store');

/** Only this user may open it: whoever can open a file can lock it. */
function openLock(path: string): number {
  try {
    makeDirectory(dirname(path));
    const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    throw lockError(path, 'cannot be opened', error);
  }
}

/** A file that was removed while we waited keeps nobody out: the next process makes and locks a new one. */
function isStillAt(path: string, fd: number): boolean {
  const [locked, there] = [fstatSync(fd), lstatSync(path, { throwIfNoEntry: false })];
  return locked.dev === there?.dev && locked.ino === there.ino;
}

/** Whoever writes beside the lock has it: what is there of another process was left when that was killed. */
function tidy(directory: string): void {
  try {
    removeLeftovers(directory, Number.NEGATIVE_INFINITY);
  } catch {
    // It is in nobody’s way.
  }
}

function releaseOnce(fd: number): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    writeHolder(fd, '');
    closeSync(fd);
  };
}

const saidShape = object<LockHolder & Pick<SaidHolder, 'pidNamespace'>>({
  pid: count,
  command: text,
  since: time,
  pidNamespace: elseAs(null, text),
});
const holderLimitBytes = 64 * 1024;

/** What a process says that has the lock; one that was killed has not taken it back. */
export interface SaidHolder {
  readonly holder: LockHolder;
  /** In which its number means something; null where it is not said. */
  readonly pidNamespace: string | null;
}

function thisProcess(named = process.argv.slice(1).join(' ')): string {
  const holder: LockHolder = { pid: process.pid, command: printable(named), since: new Date().toISOString() };
  return `${JSON.stringify({ ...holder, pidNamespace: pidNamespace() })}\n`;
}

function writeHolder(fd: number, holder: string): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, holder, 0);
  } catch {
    // The disk is full, perhaps. The lock does not depend on it; others are told that its holder is not known.
  }
}

/** null when nobody says anything, or nothing whole: it was read between locking and writing. */
export function readHolder(fd: number): SaidHolder | null {
  const bytes = Buffer.alloc(holderLimitBytes);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  const said = readJson(saidShape, bytes.toString('utf8', 0, length));
  if (said.kind !== 'fits') return null;
  const { pidNamespace: namespace, ...holder } = said.value;
  return { holder: { ...holder, command: printable(holder.command) }, pidNamespace: namespace };
}

function holderOf(fd: number): LockHolder | null {
  return readHolder(fd)?.holder ?? null;
}
