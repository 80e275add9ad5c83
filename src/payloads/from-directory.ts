import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { fsPath, type HostPath, type RootPath, rootPath } from '../model/path.js';
import { directoriesIn } from '../root/directories.js';
import { diskTree } from '../root/disk-tree.js';
import { rootView } from '../root/root-view.js';
import { childOf, nameOf, parentOf } from '../root/walk.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { piecesOf } from '../tools/files/pieces.js';
import { mostEntries, type Output, tooMany } from './output.js';
import { notTaken, notThere, refused, throughTooManyLinks } from './problem.js';
import { onDisk, type RoomNeeded } from './room.js';

const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Takes a file or directory out of an image that is mounted: links lead as if the directory were `/`, and nothing
 * outside of it is opened.
 *
 * @param path absolute
 * @returns how many bytes were read
 * @throws PayloadProblem
 */
export async function takeFromDirectory(
  top: HostPath,
  path: string,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const tree = diskTree(top);
  const directories = directoriesIn(top);
  const found = rootView(tree, 'new').resolve(rootPath(path));
  let bytes = 0;
  switch (found.kind) {
    case 'missing':
    case 'not-a-directory':
      throw notThere(path);
    case 'loop':
      throw throughTooManyLinks(path);
    case 'unreadable':
      throw unreadable(path, found.reason);
    default:
  }
  const start = found.path;
  const inside = (at: RootPath) => (at === start ? '' : at.slice(start === '/' ? 1 : start.length + 1));

  async function takeFile(at: RootPath): Promise<void> {
    const fd = open(at);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) throw notTaken(inside(at), 'no file any more');
      await output.file(inside(at), (stats.mode & 0o111) !== 0, counted(piecesOf(fd), at), stats.size);
    } finally {
      closeSync(fd);
    }
  }

  async function* counted(pieces: AsyncIterable<Buffer>, at: RootPath): AsyncGenerator<Buffer> {
    try {
      for await (const piece of pieces) {
        bytes += piece.length;
        signal.throwIfAborted();
        yield piece;
      }
    } catch (error) {
      throw errnoCode(error) === undefined ? error : unreadable(at, errnoReason(error));
    }
  }

  function open(at: RootPath): number {
    try {
      return directories.inside(parentOf(at), (directory) =>
        openSync(fsPath(`${directory}/${nameOf(at)}` as HostPath), OPEN_FLAGS),
      );
    } catch (error) {
      throw unreadable(at, errnoReason(error));
    }
  }

  const waiting: RootPath[] = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal.throwIfAborted();
    const entry = tree.stat(at);
    switch (entry.kind) {
      case 'file':
        await takeFile(at);
        break;
      case 'directory': {
        output.directory(inside(at));
        const listing = tree.readDirectory(at);
        if (!listing.ok) throw unreadable(at, listing.reason);
        for (const name of listing.names.toReversed()) waiting.push(childOf(at, name));
        break;
      }
      case 'symlink': {
        const link = tree.readLink(at);
        if (!link.ok) throw unreadable(at, link.reason);
        output.symlink(inside(at), link.target);
        break;
      }
      case 'unreadable':
        throw unreadable(at, entry.reason);
      case 'missing':
        // Where overlayfs has nothing to merge, it lists whiteouts of nothing.
        break;
      default:
        throw notTaken(inside(at), 'a device, a FIFO or a socket');
    }
  }
  return bytes;
}

/** What a file or directory of an image that is mounted takes on a disk, without reading the files. @throws PayloadProblem */
export async function roomInDirectory(top: HostPath, path: string, signal: AbortSignal): Promise<RoomNeeded> {
  let bytes = 0;
  let inodes = 0;
  const count = () => {
    inodes += 1;
    if (inodes > mostEntries) throw tooMany();
  };
  const output: Output = {
    file: async (_path, _isExecutable, _pieces, size = 0) => {
      count();
      bytes += onDisk(size);
    },
    directory: count,
    symlink: count,
    copy: async () => undefined,
  };
  await takeFromDirectory(top, path, output, signal);
  return { bytes, inodes };
}

function unreadable(path: string, reason: string) {
  return refused('permission', `${printable(path)} in the image cannot be read: ${reason}`, 'run it as root');
}
