import { join } from 'node:path';
import { list, object, oneOf, type Shape, text, time } from '../text/shape.js';
import { bootId as thisBootId } from '../tools/process/boot-id.js';
import { stateFile } from './state-file.js';
import { storeDirectory } from './store-directory.js';

/** What is known of the layers that a store lists, where a run may have ended without flushing it. */
export type Flushed =
  /** All of them are on the disk. */
  | { readonly kind: 'flushed' }
  /** Some may be in memory only: they are there as long as this boot lasts. */
  | { readonly kind: 'unflushed' }
  /** The power may have gone before some were on the disk: what is listed may be empty. */
  | { readonly kind: 'doubtful'; readonly isDoubtful: (layer: string) => boolean };

/**
 * A mark in a store, from before something is written there until its file system is flushed: podman flushes its lists
 * and none of the files of a layer. Whoever changes it holds the lock of the store.
 */
export interface UnflushedMark {
  /** Changes nothing. A damaged mark makes every layer doubtful. */
  read(): Flushed;
  /**
   * Marks the store, for good once this returns.
   *
   * @param listed IDs of its layers now
   * @param unproved those of which the content may be damaged
   * @throws BoundImagesError `state`.
   */
  set(listed: Iterable<string>, unproved: ReadonlySet<string>): void;
  /** After the store was flushed. What is unproved keeps it. @throws BoundImagesError `state`. */
  clear(listed: Iterable<string>, unproved: ReadonlySet<string>): void;
}

interface Content {
  readonly schemaVersion: 1;
  /** Names the boot in which it was set. */
  readonly bootId: string;
  readonly since: string;
  /** IDs of layers that are on the disk, with their content. */
  readonly flushed: readonly string[];
  /** IDs of layers that an earlier boot left, and that nobody could prove. */
  readonly unproved: readonly string[];
}

const contentShape: Shape<Content> = object<Content>({
  schemaVersion: oneOf(1),
  bootId: text,
  since: time,
  flushed: list(text),
  unproved: list(text),
});

/** The mark of the store with that `graphRoot`. */
export function unflushedMark(graphRoot: string, bootId = thisBootId()): UnflushedMark {
  const file = stateFile(join(storeDirectory(graphRoot), 'unflushed'), 1, contentShape);
  const write = (flushed: readonly string[], unproved: ReadonlySet<string>) =>
    file.write({
      schemaVersion: 1,
      bootId,
      since: new Date().toISOString(),
      flushed: flushed.filter((layer) => !unproved.has(layer)),
      unproved: [...unproved],
    });
  return {
    read: () => {
      const content = file.read();
      if (content.kind === 'none') return { kind: 'flushed' };
      if (content.kind === 'damaged') return { kind: 'doubtful', isDoubtful: () => true };
      const { value } = content;
      const unproved = new Set(value.unproved);
      if (value.bootId !== bootId) {
        const flushed = new Set(value.flushed);
        return { kind: 'doubtful', isDoubtful: (layer) => unproved.has(layer) || !flushed.has(layer) };
      }
      if (unproved.size === 0) return { kind: 'unflushed' };
      return { kind: 'doubtful', isDoubtful: (layer) => unproved.has(layer) };
    },
    set: (listed, unproved) => {
      const before = file.read();
      // What a run of this boot wrote that was killed may still be in memory only.
      const isOfThisBoot = before.kind === 'read' && before.value.bootId === bootId;
      const known = isOfThisBoot ? new Set(before.value.flushed) : undefined;
      write(
        [...listed].filter((layer) => known?.has(layer) ?? true),
        unproved,
      );
    },
    clear: (listed, unproved) => {
      if (unproved.size > 0) write([...listed], unproved);
      else file.remove();
    },
  };
}
