import { constants, openSync } from 'node:fs';
import { fsPath, type HostPath, rootPath } from '../model/path.js';
import { directoriesIn } from './directories.js';
import { nameOf, parentOf } from './walk.js';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens a file or directory of this host for reading; a link anywhere on the way is an error. Where a RootView has found
 * something, there was none: so what is opened lies in that root, whatever was exchanged since. A FIFO is opened without
 * waiting for a writer.
 *
 * @throws the error of a system call, or a sentence part
 */
export function openWithoutLinks(path: HostPath): number {
  const at = rootPath(path);
  return directoriesIn('/' as HostPath).inside(parentOf(at), (directory) =>
    openSync(fsPath(`${directory}/${nameOf(at)}` as HostPath), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
  );
}
