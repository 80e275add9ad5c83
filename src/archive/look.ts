import { fstatSync, readSync } from 'node:fs';
import type { PathTransport } from '../model/reference/types.js';
import type { ArchiveLook, Compression } from '../model/resolved-image.js';
import { checkDigests, isDirManifest } from './digests.js';
import { layoutFiles } from './layout-files.js';
import { ArchiveProblem } from './problem.js';
import { hasLinks, type TarMember, tarMembers } from './tar.js';

/**
 * Looks into an archive or layout that is open, before podman does. podman follows links in a layout, and in an
 * oci-archive, which it unpacks; of a docker-archive it unpacks nothing, and looks for what its links name inside
 * (go.podman.io/image docker/internal/tarfile). What is compressed is looked into when it is copied.
 *
 * @throws ArchiveProblem, or the error of a system call
 */
export function lookInto(transport: PathTransport, fd: number): ArchiveLook {
  if (transport === 'oci' || transport === 'dir') {
    let size = 0;
    for (const file of layoutFiles(fd)) {
      size += file.size;
      if (transport === 'dir' && isDirManifest(file.name))
        checkDigests(file.name, `/proc/self/fd/${file.fd}`);
    }
    return { size, compression: null };
  }
  const { size } = fstatSync(fd);
  const compression = compressionOf(fd);
  if (compression === null) {
    walkTar(fd, hasLinks(transport), (member, at) => {
      if (at + member.size > size) throw new ArchiveProblem('it ends in the middle');
    });
  }
  return { size, compression };
}

const magics: readonly (readonly [string, string])[] = [
  ['gzip', '1f8b08'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
];

/** @throws ArchiveProblem where nobody here can look into it */
export function compressionOf(fd: number): Compression {
  const start = Buffer.alloc(6);
  const length = readSync(fd, start, 0, start.length, 0);
  const hex = start.toString('hex', 0, length);
  const name = magics.find(([, magic]) => hex.startsWith(magic))?.[0];
  if (name === undefined) return null;
  if (name === 'gzip') return 'gzip';
  throw new ArchiveProblem(`it is compressed with ${name}, and only gzip is looked into`);
}

/**
 * Goes through a tar archive that is open and not compressed, and reads headers only.
 *
 * @param visit called with each file, and where its content begins
 * @throws ArchiveProblem, or the error of a system call
 */
export function walkTar(
  fd: number,
  takesLinks: boolean,
  visit: (member: TarMember, at: number) => void,
): void {
  const walk = tarMembers(takesLinks);
  let at = 0;
  let given: Buffer | undefined;
  for (;;) {
    const { done, value: need } = walk.next(given);
    if (done) return;
    given = undefined;
    if ('read' in need) {
      const buffer = Buffer.alloc(need.read);
      given = buffer.subarray(0, readSync(fd, buffer, 0, need.read, at));
      at += given.length;
    } else {
      if (need.member !== undefined) visit(need.member, at);
      at += need.skip;
    }
  }
}
