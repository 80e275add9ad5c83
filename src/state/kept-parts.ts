import { join } from 'node:path';
import { makeDirectory } from '../tools/files/directories.js';
import { bootId as thisBootId } from '../tools/process/boot-id.js';
import { type KeptPart, listParts, removeKept } from '../tools/relay/parts.js';
import { storeDirectory } from './store-directory.js';

export type { KeptPart } from '../tools/relay/parts.js';

/** Parts of blobs in a store, from which a later run goes on. Whoever changes them holds the lock of the store. */
export interface KeptParts {
  /** Where they lie, a file for each; it is there once `make` was called. */
  readonly directory: string;
  /** For this user only. @throws the error of the system call. */
  make(): void;
  /** Sorted by digest. What cannot be read is none. */
  list(): readonly KeptPart[];
  /** What cannot be removed stays. */
  remove(digests: Iterable<string>): void;
  /** Removes those to which nothing was added for so many days, all of them with 0, and returns them. */
  removeOlder(days: number, nowMs?: number): readonly KeptPart[];
  /**
   * Removes parts until at least so many bytes are free again, or none is left, and returns them: those first that are not
   * wanted, and of these, those to which nothing was added for the longest time.
   */
  makeRoom(bytes: number, isWanted: (digest: string) => boolean): readonly KeptPart[];
}

/** The parts in the store with that `graphRoot`. */
export function keptParts(graphRoot: string, bootId = thisBootId()): KeptParts {
  const directory = join(storeDirectory(graphRoot), 'parts');
  const list = () => listParts(directory, bootId);
  const remove = (digests: Iterable<string>) => {
    for (const digest of digests) removeKept(directory, digest);
  };
  const removeAll = (parts: readonly KeptPart[]) => {
    remove(parts.map(({ digest }) => digest));
    return parts;
  };
  return {
    directory,
    make: () => makeDirectory(directory),
    list,
    remove,
    removeOlder: (days, nowMs = Date.now()) => removeAll(olderThan(list(), days, nowMs)),
    makeRoom: (bytes, isWanted) => {
      let freed = 0;
      return removeAll(
        list()
          .toSorted((a, b) => a.changedMs - b.changedMs)
          .toSorted((a, b) => Number(isWanted(a.digest)) - Number(isWanted(b.digest)))
          .filter((part) => {
            const isGoing = freed < bytes;
            if (isGoing) freed += part.bytes;
            return isGoing;
          }),
      );
    },
  };
}

const dayMs = 24 * 60 * 60 * 1000;

/** Those to which nothing was added for so many days; with 0, all. A clock that was set back makes none older. */
export function olderThan(parts: readonly KeptPart[], days: number, nowMs: number): readonly KeptPart[] {
  return parts.filter(({ changedMs }) => days === 0 || nowMs - changedMs >= days * dayMs);
}
