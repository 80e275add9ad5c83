import { closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { ArchiveProblem } from './problem.js';

/** A regular file of a layout, open. */
export interface LayoutFile {
  /** Relative to the layout. */
  readonly name: string;
  readonly fd: number;
  readonly size: number;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
/** Layouts have two directories below each other, and a few files for each image. */
const maxDepth = 8;
const maxFiles = 100_000;

/**
 * The files of the layout in an open directory, each open for as long as it is looked at. Nothing but files and
 * directories may be in it: podman would follow a link.
 *
 * @throws ArchiveProblem, or the error of a system call
 */
export function* layoutFiles(directory: number): Generator<LayoutFile, void, undefined> {
  let count = 0;
  function* below(fd: number, prefix: string, depth: number): Generator<LayoutFile, void, undefined> {
    if (depth > maxDepth) throw new ArchiveProblem(`${prefix} in it is too deep`);
    for (const name of readdirSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const text = `${prefix}${name.toString('utf8')}`;
      count += 1;
      if (count > maxFiles) throw new ArchiveProblem(`it has more than ${maxFiles} files`);
      const inner = openIn(fd, name, text);
      try {
        const stats = fstatSync(inner);
        if (stats.isDirectory()) yield* below(inner, `${text}/`, depth + 1);
        else if (stats.isFile()) yield { name: text, fd: inner, size: stats.size };
        else throw new ArchiveProblem(`${text} in it is neither a file nor a directory`);
      } finally {
        closeSync(inner);
      }
    }
  }
  yield* below(directory, '', 0);
}

function openIn(directory: number, name: Buffer, text: string): number {
  try {
    const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new ArchiveProblem(`${text} in it is a symbolic link`);
    // A socket, or a device without a driver.
    if (code === 'ENXIO') throw new ArchiveProblem(`${text} in it is neither a file nor a directory`);
    throw error;
  }
}
