import { createHash } from 'node:crypto';
import { seed } from '../../test/support/seed.js';
import type { PodmanVersion } from './unpacked-podman.js';

/** Every row on every podman, instead of a sample. */
export const isLong = process.env.HOSTILE_FORM === 'long';

/** Any number, the same for the same name and seed; that is this run's unless told. */
export function numberOf(name: string, of: string | number = seed): number {
  return createHash('sha256').update(`${of} ${name}`).digest().readUInt16BE();
}

/** The rows of a table that one of the podmans gets: each row goes to one of them, in the long form to all. */
export function dealt<T>(
  rows: readonly T[],
  version: PodmanVersion,
  versions: readonly PodmanVersion[],
): readonly T[] {
  if (isLong) return rows;
  return rows.filter((row) => versions[numberOf(JSON.stringify(row)) % versions.length] === version);
}

/** One of the values, which may be the podmans that a suite meets; in the long form all. */
export function oneOf<const T>(name: string, values: readonly T[]): readonly T[] {
  return isLong ? values : values.filter((_, at) => at === numberOf(name) % values.length);
}
