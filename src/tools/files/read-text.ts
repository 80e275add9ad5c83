import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoCode, errnoReason } from '../../text/errno.js';
import { decodeUtf8 } from '../../text/utf8.js';

export type ReadText =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  /** `problem` is a clause: `it is a directory`. */
  | { readonly kind: 'unreadable'; readonly problem: string };

// O_NONBLOCK: a FIFO in its place would otherwise be waited for.
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const limitBytes = 16 * 1024 * 1024;

/** The content of a regular file that this program wrote: UTF-8, not empty and not huge. Never throws. */
export function readText(path: string): ReadText {
  let fd: number | undefined;
  try {
    fd = openSync(path, openFlags);
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return unreadable('it is a directory');
    if (!stats.isFile()) return unreadable('it is not a regular file');
    if (stats.size > limitBytes) return unreadable(`it is larger than ${limitBytes / 1024 / 1024} MiB`);
    if (stats.size === 0) return unreadable('it is empty');
    const text = decodeUtf8(readFileSync(fd));
    return text === undefined
      ? unreadable('it is not UTF-8')
      : { kind: 'text', text: text.replace(/^\ufeff/, '') };
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return { kind: 'none' };
    if (errnoCode(error) === 'ELOOP') return unreadable('it is a symbolic link');
    return unreadable(`it cannot be read: ${errnoReason(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unreadable(problem: string): ReadText {
  return { kind: 'unreadable', problem };
}
