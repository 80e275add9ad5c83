import { closeSync, constants, openSync } from 'node:fs';
import { encodePath, type HostPath } from './path.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_DIRECTORY } = constants;
/** open(2); Node has no name for it. */
const O_PATH = 0o10000000;

/**
 * Opens a file or directory component by component, for reading; a link anywhere on the way is an error (ELOOP or
 * ENOTDIR). Where a RootView has found something, there was none: so what is opened lies in that root, whatever was
 * exchanged since. A FIFO is opened without waiting for a writer.
 *
 * @throws the error of a system call
 */
export function openWithoutLinks(path: HostPath): number {
  const names = path.split('/').filter((name) => name !== '');
  const last = names.pop();
  let fd = openSync('/', O_PATH | O_DIRECTORY);
  for (const name of names) fd = step(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  return last === undefined ? fd : step(fd, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

function step(from: number, name: string, flags: number): number {
  try {
    return openSync(encodePath(`/proc/self/fd/${from}/${name}`), flags);
  } finally {
    closeSync(from);
  }
}
