import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PullError } from '../pull/outcome.js';
import { formatBytes } from '../report/format.js';
import type { SpaceNeeds } from './space.js';

/** A file system that the pulls write to, with what they need there. */
export interface FileSystemSpace {
  /** What lies on it: the store, the directory for temporary files, or both. */
  readonly directories: readonly string[];
  readonly neededBytes: number;
  readonly freeBytes: number;
  readonly neededInodes: number;
  /** `null` for a file system that has no fixed number of them, such as btrfs. */
  readonly freeInodes: number | null;
}

/** Looks at the file systems of the store and of the directory for temporary files, which may be one. */
export function freeSpace(needs: SpaceNeeds, store: string, temporary: string): readonly FileSystemSpace[] {
  const parts = [
    { directory: store, bytes: needs.storeBytes, inodes: needs.storeInodes },
    { directory: temporary, bytes: needs.temporaryBytes, inodes: 0 },
  ].map((part) => ({ ...part, existing: existingParent(part.directory) }));
  const devices = new Map<number, typeof parts>();
  for (const part of parts) {
    const { dev } = statSync(part.existing);
    devices.set(dev, [...(devices.get(dev) ?? []), part]);
  }
  return [...devices.values()].map((on) => {
    const { bavail, bsize, ffree, files } = statfsSync(on[0]?.existing ?? '/');
    return {
      directories: on.map(({ directory }) => directory),
      neededBytes: sum(on.map(({ bytes }) => bytes)),
      freeBytes: bavail * bsize,
      neededInodes: sum(on.map(({ inodes }) => inodes)),
      freeInodes: files === 0 ? null : ffree,
    };
  });
}

/** The error for all pulls when a file system has too little room, `minFreeBytes` left over. */
export function shortage(
  fileSystems: readonly FileSystemSpace[],
  { expansion }: SpaceNeeds,
  minFreeBytes: number,
): PullError | undefined {
  const messages = fileSystems.flatMap(
    ({ directories, neededBytes, freeBytes, neededInodes, freeInodes }) => {
      const where = directories.join(' and ');
      const missingBytes = neededBytes + minFreeBytes - freeBytes;
      const source = expansion.source === 'store' ? 'as the layers in the store show' : 'as is usual';
      if (missingBytes > 0) {
        return [
          `${formatBytes(missingBytes)} are missing in ${where}: about ${formatBytes(neededBytes)} needed ` +
            `(layers grow ${expansion.factor.toFixed(1)} times when unpacked, ${source}), ` +
            `${formatBytes(freeBytes)} free, ${formatBytes(minFreeBytes)} to be left free`,
        ];
      }
      if (freeInodes !== null && neededInodes > freeInodes) {
        return [`about ${neededInodes} inodes are needed in ${where}, and ${freeInodes} are free`];
      }
      return [];
    },
  );
  if (messages.length === 0) return undefined;
  return {
    code: 'no-space',
    transient: false,
    message: `not enough space: ${messages.join('; ')}`,
    hint: 'make room, for example with podman image prune, or lower --min-free',
  };
}

/** The store is made by the first pull. */
function existingParent(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    if (statSync(at, { throwIfNoEntry: false }) !== undefined || at === dirname(at)) return at;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
