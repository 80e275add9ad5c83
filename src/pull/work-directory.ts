import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../error.js';
import { errnoReason } from '../root/errno.js';

/**
 * A private directory of this run, for what is on its way into the store and for credentials in use. It lies
 * where podman would put its own temporary files (podman(1), TMPDIR).
 */
export interface WorkDirectory {
  /** Makes a new subdirectory that only this user may enter, the first time with the directory itself. */
  subdirectory(): string;
  remove(): void;
}

/** Where podman puts its temporary files (podman(1), TMPDIR). */
export function temporaryDirectory(): string {
  return process.env.TMPDIR || '/var/tmp';
}

const prefix = 'bound-images-';
const ownerFile = 'owner';

/**
 * A work directory below `parent`. What earlier runs left there, because they were killed, is removed at once:
 * there may be credentials in it.
 *
 * @throws BoundImagesError `temporary-files` when `parent` cannot be written to.
 */
export function workDirectory(parent = temporaryDirectory()): WorkDirectory {
  removeLeftovers(parent);
  let path: string | undefined;
  let count = 0;
  return {
    subdirectory: () => {
      path ??= make(parent);
      count += 1;
      const subdirectory = join(path, String(count));
      mkdirSync(subdirectory, { mode: 0o700 });
      return subdirectory;
    },
    remove: () => {
      if (path !== undefined) rmSync(path, { recursive: true, force: true });
    },
  };
}

function make(parent: string): string {
  try {
    const path = join(parent, `${prefix}${process.pid}-${Date.now().toString(36)}`);
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, ownerFile), identify(process.pid) ?? '');
    return path;
  } catch (error) {
    throw new BoundImagesError(
      'temporary-files',
      `no directory for temporary files can be made in ${parent}: ${errnoReason(error)}`,
      { hint: 'set TMPDIR to a directory on a file system with room for the layers', cause: error },
    );
  }
}

function removeLeftovers(parent: string): void {
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    if (name.startsWith(prefix) && isLeftover(join(parent, name))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

/**
 * A directory whose owner is gone. In doubt it is kept: it may be another user's, or of a container that
 * shares the directory but not the process numbers.
 */
function isLeftover(path: string): boolean {
  try {
    const stats = lstatSync(path);
    if (!stats.isDirectory() || stats.uid !== process.getuid?.()) return false;
    const owner = readFileSync(join(path, ownerFile), 'utf8');
    const [bootId, namespace, pid, startTime] = owner.split(' ');
    // Not written to its end, perhaps at this very moment.
    if (startTime === undefined) return false;
    if (bootId !== readBootId()) return true;
    return namespace === readNamespace() && identify(Number(pid)) !== owner;
  } catch {
    return false;
  }
}

/** Who a process is, beyond its number, which the kernel gives out again: boot, PID namespace, start time. */
function identify(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the second field may hold blanks and brackets; field 22, the start time, is the 20th after it.
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return [readBootId(), readNamespace(), pid, startTime].join(' ');
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function readNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}
