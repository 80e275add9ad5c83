import { statfsSync } from 'node:fs';
import type { Failure } from '../model/failure.js';
import { noRoomAnywhere } from '../model/no-room.js';
import { formatBytes } from '../text/format.js';
import { existingParent, type FileSystemSpace } from './free-space.js';

/**
 * Makes a function that says when the pulls are about to fill a file system: a plan knows compressed sizes, and those
 * only where a registry told them. Half of what is to stay free is for what the plan's estimate may be wrong by, and
 * the other half is never used; of a file system that had less from the beginning, half of what was free. Nothing is
 * watched where nothing is to stay free.
 */
export function spaceWatch(
  fileSystems: readonly FileSystemSpace[],
  minFreeBytes: number,
): () => Failure | undefined {
  const watched = fileSystems.map(({ directories, freeBytes }) => ({
    directories,
    path: existingParent(directories[0] ?? '/'),
    floor: Math.floor(Math.min(minFreeBytes, freeBytes) / 2),
  }));
  return () => {
    for (const { directories, path, floor } of watched) {
      const { bavail, bsize } = statfsSync(path);
      const free = bavail * bsize;
      if (free >= floor) continue;
      const where = directories.join(' and ');
      const message = `stopped before ${where} was full: ${formatBytes(free)} are left, and more than was planned is coming`;
      return { code: 'no-space', kind: 'local', message, ...noRoomAnywhere };
    }
    return undefined;
  };
}
