/** What files that are to be written take of a file system. */
export interface RoomNeeded {
  readonly bytes: number;
  readonly inodes: number;
}

/** Of most file systems. */
export const blockBytes = 4096;

/** @param size of a file, in bytes */
export function onDisk(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}
