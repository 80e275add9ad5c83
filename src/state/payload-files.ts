import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { compareNames, fsPath, type HostPath, rootPath } from '../model/path.js';
import { directoriesIn } from '../root/directories.js';
import { diskTree } from '../root/disk-tree.js';
import { childOf, nameOf, parentOf } from '../root/walk.js';
import { errnoReason } from '../text/errno.js';

/** A file, link or directory of a payload, as it lies on the disk. */
export interface PayloadFile {
  /** Below the payload, '' for itself; in the form of `decodeName`. */
  readonly path: string;
  readonly type: 'file' | 'link' | 'directory';
  /** In bytes; 0 for a directory, whose own size says nothing. */
  readonly size: number;
  /** Permission bits; of a link, which has none that count, 0o777. */
  readonly mode: number;
  /** `sha256:HEX` of the content of a file, or of where a link leads; null for a directory, or where nobody has read it. */
  readonly digest: string | null;
}

const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const pieceBytes = 1024 * 1024;
const readLater = promisify(read);

/**
 * All that lies under a name in a directory, sorted by path. No link is followed.
 *
 * @param reads whether files are read for their digests
 * @returns a clause that says why it cannot be told
 * @throws the reason of the signal
 */
export async function payloadFiles(
  directory: string,
  name: string,
  reads: boolean,
  signal: AbortSignal,
): Promise<readonly PayloadFile[] | string> {
  const top = directory as HostPath;
  const tree = diskTree(top);
  const directories = directoriesIn(top);
  const start = rootPath(`/${name}`);
  const found: PayloadFile[] = [];

  async function digestOf(at: typeof start): Promise<string> {
    const fd = directories.inside(parentOf(at), (parent) =>
      openSync(fsPath(`${parent}/${nameOf(at)}` as HostPath), openFlags),
    );
    try {
      if (!fstatSync(fd).isFile()) throw new Error('is no file any more');
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafeSlow(pieceBytes);
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await readLater(fd, buffer, 0, pieceBytes, null);
        if (bytesRead === 0) return `sha256:${hash.digest('hex')}`;
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      closeSync(fd);
    }
  }

  const waiting = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal.throwIfAborted();
    const path = at === start ? '' : at.slice(start.length + 1);
    const entry = tree.stat(at);
    switch (entry.kind) {
      case 'file': {
        const { sizeBytes: size, mode } = entry;
        try {
          found.push({ path, type: 'file', size, mode, digest: reads ? await digestOf(at) : null });
        } catch (error) {
          signal.throwIfAborted();
          return `cannot be read: ${errnoReason(error)}`;
        }
        break;
      }
      case 'symlink': {
        const link = tree.readLink(at);
        if (!link.ok) return `cannot be read: ${link.reason}`;
        const digest = `sha256:${createHash('sha256').update(link.target).digest('hex')}`;
        found.push({ path, type: 'link', size: link.target.length, mode: 0o777, digest });
        break;
      }
      case 'directory': {
        const listing = tree.readDirectory(at);
        if (!listing.ok) return `cannot be read: ${listing.reason}`;
        found.push({ path, type: 'directory', size: 0, mode: entry.mode, digest: null });
        for (const name of listing.names) waiting.push(childOf(at, name));
        break;
      }
      case 'missing':
        return path === '' ? 'is missing' : 'changes while it is read';
      case 'unreadable':
        return `cannot be read: ${entry.reason}`;
      default:
        return 'has something in it that is neither a file, a directory nor a link';
    }
  }
  return found.sort((a, b) => compareNames(a.path, b.path));
}
