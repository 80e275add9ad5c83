import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { compressionOf, walkTar } from '../archive/look.js';
import { ArchiveProblem } from '../archive/problem.js';
import { type TarMember, tarMembers } from '../archive/tar.js';
import { endsEarly } from '../archive/tar-header.js';
import { byteReader } from '../layers/byte-reader.js';
import type { HostPath } from '../model/path.js';
import { rootPath } from '../model/path.js';
import { directoriesIn } from '../root/directories.js';
import { nameOf, parentOf } from '../root/walk.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { piecesOf } from '../tools/files/pieces.js';

/** The files of an archive or layout, by their names in it. */
export interface ArchiveFiles {
  /** @throws ArchiveProblem where there is none, or it cannot be read */
  open(name: string): AsyncIterable<Buffer>;
  close(): void;
}

const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Those of a directory, in which no link is followed. */
export function layoutFilesIn(directory: HostPath): ArchiveFiles {
  const directories = directoriesIn(directory);

  function openFile(name: string): number {
    const path = rootPath(`/${name}`);
    try {
      const fd = directories.inside(parentOf(path), (parent) =>
        openSync(`${parent}/${nameOf(path)}`, OPEN_FLAGS),
      );
      if (fstatSync(fd).isFile()) return fd;
      closeSync(fd);
    } catch (error) {
      throw new ArchiveProblem(`${printable(name)} in it cannot be opened: ${errnoReason(error)}`);
    }
    throw new ArchiveProblem(`${printable(name)} in it is no file`);
  }

  return {
    open: async function* (name) {
      const fd = openFile(name);
      try {
        yield* piecesOf(fd);
      } catch (error) {
        throw readProblem(name, error);
      } finally {
        closeSync(fd);
      }
    },
    close: () => undefined,
  };
}

/**
 * Those of a tar archive, which may be compressed with gzip: then it is read from its beginning for each of them.
 *
 * @param takesLinks whether symbolic links name members, as `docker save` writes them
 * @throws ArchiveProblem, or the error of a system call
 */
export function tarFilesIn(path: string, takesLinks: boolean): ArchiveFiles {
  const fd = openSync(path, OPEN_FLAGS & ~constants.O_NOFOLLOW);
  try {
    if (!fstatSync(fd).isFile()) throw new ArchiveProblem('it is no file');
    const isPlain = compressionOf(fd) === null;
    const open = isPlain ? openPlain(fd, takesLinks) : openCompressed(fd, takesLinks);
    return { open, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openPlain(fd: number, takesLinks: boolean): ArchiveFiles['open'] {
  const members = new Map<string, TarMember & { readonly at: number }>();
  walkTar(fd, takesLinks, (member, at) => members.set(member.name, { ...member, at }));
  return async function* (name) {
    let member = members.get(name);
    if (member?.link !== undefined) member = members.get(linked(name, member.link));
    if (member === undefined || member.link !== undefined) throw lacks(name);
    let left = member.size;
    try {
      for await (const piece of piecesOf(fd, member.at, member.size)) {
        left -= piece.length;
        yield piece;
      }
    } catch (error) {
      throw readProblem(name, error);
    }
    if (left > 0) throw endsEarly();
  };
}

function openCompressed(fd: number, takesLinks: boolean): ArchiveFiles['open'] {
  async function* open(name: string, isLinked = false): AsyncGenerator<Buffer> {
    const packed = createReadStream(`/proc/self/fd/${fd}`);
    const plain = packed.pipe(createGunzip());
    packed.on('error', (error) => plain.destroy(error));
    const reader = byteReader(plain);
    const walk = tarMembers(takesLinks);
    try {
      let given: Buffer | undefined;
      for (;;) {
        const { done, value: need } = walk.next(given);
        if (done) throw lacks(name);
        given = undefined;
        if ('read' in need) given = await reader.read(need.read);
        else if (need.member?.name !== name) {
          if ((await reader.skip(need.skip)) < need.skip) throw endsEarly();
        } else if (need.member.link !== undefined) {
          if (isLinked) throw lacks(name);
          yield* open(linked(name, need.member.link), true);
          return;
        } else {
          for (let left = need.skip; left > 0; ) {
            const piece = await reader.next(left);
            if (piece === undefined) throw endsEarly();
            left -= piece.length;
            yield piece;
          }
          return;
        }
      }
    } catch (error) {
      if (errnoCode(error)?.startsWith('Z_')) throw new ArchiveProblem('its compression is damaged');
      throw readProblem(name, error);
    } finally {
      packed.destroy();
      plain.destroy();
    }
  }
  return open;
}

/** Where a link of a member leads, which nobody unpacks. */
function linked(name: string, link: string): string {
  return join('/', name, '..', link).slice(1);
}

function lacks(name: string): ArchiveProblem {
  return new ArchiveProblem(`there is no ${printable(name)} in it`);
}

function readProblem(name: string, error: unknown): unknown {
  if (errnoCode(error) === undefined) return error;
  return new ArchiveProblem(`${printable(name)} in it cannot be read: ${errnoReason(error)}`);
}
