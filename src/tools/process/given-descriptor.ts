import { constants, fstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';

/**
 * Whether a file descriptor was open for writing when this process was started. Node's own begin with the first one
 * that nobody has given it: most of them have no type, and of each of its pipes both ends are here. To write to one
 * of those ends Node with a signal.
 */
export function isGivenDescriptor(fd: number): boolean {
  const stats = statusOf(fd);
  if (stats === undefined || (stats.mode & constants.S_IFMT) === 0 || accessOf(fd) === constants.O_RDONLY)
    return false;
  return !stats.isFIFO() || !isReadHere(stats);
}

function isReadHere({ dev, ino }: Stats): boolean {
  return openDescriptors().some((fd) => {
    const other = statusOf(fd);
    return other?.dev === dev && other.ino === ino && accessOf(fd) === constants.O_RDONLY;
  });
}

/** None where /proc is not mounted. */
function openDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}

function statusOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

/**
 * proc(5): the octal `flags` of /proc/PID/fdinfo/FD, of which the lowest two bits are the access mode; undefined where
 * /proc is not mounted.
 */
function accessOf(fd: number): number | undefined {
  try {
    const [, flags] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
    return flags === undefined ? undefined : Number.parseInt(flags, 8) & 3;
  } catch {
    return undefined;
  }
}
