import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Failure } from '../model/failure.js';
import { noRoomInStore } from '../model/no-room.js';
import { formatBytes, formatSize } from '../text/format.js';
import { defaultFactor, type SpaceNeeds } from './space.js';

/** A file system that the pulls write to, with what they need there. */
export interface FileSystemSpace {
  /** What lies on it: the store, the directory for temporary files, or both. */
  readonly directories: readonly string[];
  readonly neededBytes: number;
  /** It holds temporary files only. */
  readonly isTemporary: boolean;
  readonly freeBytes: number;
  readonly neededInodes: number;
  /** `null` for a file system that has no fixed number of them, such as btrfs. */
  readonly freeInodes: number | null;
}

/**
 * Looks at the file systems of the store and of the directory for temporary files, which may be one, and at the one of
 * `usual` where podman needs that as well.
 */
export function freeSpace(
  needs: SpaceNeeds,
  store: string,
  temporary: string,
  usual = '/var/tmp',
): readonly FileSystemSpace[] {
  const located = (directory: string, bytes: number, inodes: number) => {
    const existing = existingParent(directory);
    return { directory, bytes, inodes, existing, device: statSync(existing).dev };
  };
  const own = located(temporary, needs.temporaryBytes, 0);
  const parts = [located(store, needs.storeBytes, needs.storeInodes), own];
  // Of what podman unpacks twice, the first is gone before the second, and is no more than it.
  if (needs.usualBytes > 0) {
    const other = located(usual, needs.usualBytes, 0);
    if (other.device !== own.device) parts.push(other);
  }
  const devices = new Map<number, typeof parts>();
  for (const part of parts) devices.set(part.device, [...(devices.get(part.device) ?? []), part]);
  return [...devices.values()].map((on) => {
    return {
      directories: on.map(({ directory }) => directory),
      neededBytes: sum(on.map(({ bytes }) => bytes)),
      isTemporary: on.every(({ directory }) => directory !== store),
      neededInodes: sum(on.map(({ inodes }) => inodes)),
      ...freeAt(on[0]?.existing ?? '/'),
    };
  });
}

function freeAt(existing: string): Pick<FileSystemSpace, 'freeBytes' | 'freeInodes'> {
  const { bavail, bsize, ffree, files } = statfsSync(existing);
  return { freeBytes: bavail * bsize, freeInodes: files === 0 ? null : ffree };
}

/** What the forecast leaves for blobs that lie in files before podman takes them. */
export interface PartsRoom {
  /** So much may be fetched ahead, in bytes. */
  readonly bytes: number;
  /** So much of what an earlier run kept has to go, or the pulls have no room, in bytes. */
  readonly lackBytes: number;
}

/**
 * What is left for the parts of blobs on the file system of their directory, once the pulls have written what they will:
 * a part is a second copy until its layer is in the store.
 *
 * @param fileSystems as `freeSpace` found them
 * @param minFreeBytes to be left over
 */
export function roomForParts(
  fileSystems: readonly FileSystemSpace[],
  directory: string,
  minFreeBytes: number,
): PartsRoom {
  const existing = existingParent(directory);
  const { dev } = statSync(existing);
  const used = fileSystems.find(
    ({ directories: [first = '/'] }) => statSync(existingParent(first)).dev === dev,
  );
  const { bavail, bsize } = statfsSync(existing);
  // Where nothing was estimated, layers grow all the same.
  const neededBytes = (used?.neededBytes ?? 0) * (minFreeBytes === 0 ? defaultFactor : 1);
  const left = (used?.freeBytes ?? bavail * bsize) - neededBytes - minFreeBytes;
  return { bytes: Math.max(0, left), lackBytes: Math.max(0, -left) };
}

/**
 * The error for all pulls when a file system has too little room. `minFreeBytes` are to be left over; of a file
 * system for temporary files, which are gone in the end, no more than they take.
 */
export function shortage(
  fileSystems: readonly FileSystemSpace[],
  needs: Pick<SpaceNeeds, 'expansion'>,
  minFreeBytes: number,
): Failure | undefined {
  const short = fileSystems.flatMap((fileSystem) => {
    const message = shortageOf(fileSystem, needs, minFreeBytes);
    return message === undefined ? [] : { message, isTemporary: fileSystem.isTemporary };
  });
  if (short.length === 0) return undefined;
  const isEstimated = needs.expansion.source !== 'none';
  const isTemporary = short.every((each) => each.isTemporary);
  return {
    code: 'no-space',
    kind: 'local',
    message: `not enough space: ${short.map(({ message }) => message).join('; ')}`,
    ...(isTemporary
      ? { hint: 'make room there, or set TMPDIR to a directory on a larger file system' }
      : noRoomInStore),
    ...(isEstimated ? { reason: { kind: 'room-estimated', isTemporary } } : {}),
  };
}

/** The error for all payloads when the file system of their directory has too little room for them. */
export function payloadShortage(
  needed: { readonly bytes: number; readonly inodes: number },
  directory: string,
  minFreeBytes: number,
): Failure | undefined {
  const fileSystem: FileSystemSpace = {
    directories: [directory],
    neededBytes: needed.bytes,
    isTemporary: false,
    neededInodes: needed.inodes,
    ...freeAt(existingParent(directory)),
  };
  return shortage([fileSystem], { expansion: { factor: 1, source: 'none' } }, minFreeBytes);
}

function shortageOf(
  { directories, neededBytes, isTemporary, freeBytes, neededInodes, freeInodes }: FileSystemSpace,
  { expansion }: Pick<SpaceNeeds, 'expansion'>,
  minFreeBytes: number,
): string | undefined {
  const where = directories.join(' and ');
  const margin = isTemporary ? Math.min(minFreeBytes, neededBytes) : minFreeBytes;
  const missingBytes = neededBytes + margin - freeBytes;
  if (missingBytes > 0) {
    const growth = isTemporary ? '' : growthText(expansion);
    const left = margin === 0 ? '' : `, ${marginText(margin, minFreeBytes)} to be left free`;
    return (
      `${formatBytes(missingBytes)} are missing in ${where}: about ${formatBytes(neededBytes)} needed${growth}, ` +
      `${formatBytes(freeBytes)} free${left}`
    );
  }
  if (freeInodes !== null && neededInodes > freeInodes) {
    return `about ${neededInodes} inodes are needed in ${where}, and ${freeInodes} are free`;
  }
  return undefined;
}

/** What was asked for is said as it is asked for; of what is less, its size. */
function marginText(margin: number, minFreeBytes: number): string {
  return margin === minFreeBytes ? formatSize(margin) : formatBytes(margin);
}

function growthText({ factor, source }: SpaceNeeds['expansion']): string {
  if (source === 'none') return '';
  const origin = source === 'store' ? 'as the layers in the store show' : 'as is usual';
  return ` (layers grow ${factor.toFixed(1)} times when unpacked, ${origin})`;
}

/** The store is made by the first pull. */
export function existingParent(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    if (statSync(at, { throwIfNoEntry: false }) !== undefined || at === dirname(at)) return at;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
