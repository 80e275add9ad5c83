import { worthFlushingBytes } from '../tools/relay/blob.js';
import type { Relay } from '../tools/relay/relay.js';
import { bigBytes } from './engine/limits.js';

/** Layers that the store has, and the relay has still. */
export interface KeptTwice {
  /** They have come into the store. */
  add(digests: readonly string[]): void;
  /** Nothing is being written out any more. */
  settled(): Promise<void>;
}

/**
 * Keeps layers of the relay after they have come into the store, for a power cut takes away what is not written out; but
 * not more than there is room for, and none that would not outlive it, either.
 *
 * @param mostBytes so much is kept at most before the store is written out
 * @param writeOut writes what the store has in memory to the disk
 */
export function keptTwice(
  relay: Pick<Relay, 'received' | 'release'>,
  mostBytes: number,
  writeOut: () => Promise<unknown>,
  fail: (error: unknown) => void,
): KeptTwice {
  const kept = new Map<string, number>();
  let writing: Promise<void> | undefined;

  async function makeRoom(): Promise<void> {
    const digests = [...kept.keys()];
    await writeOut();
    for (const digest of digests) {
      kept.delete(digest);
      relay.release(digest);
    }
  }

  return {
    add: (digests) => {
      for (const digest of digests) {
        const bytes = relay.received(digest);
        // A very small one several podmans may ask for at the same time.
        if (bytes < bigBytes) continue;
        if (bytes < worthFlushingBytes) relay.release(digest);
        else kept.set(digest, bytes);
      }
      const bytes = [...kept.values()].reduce((sum, each) => sum + each, 0);
      if (bytes === 0 || bytes < mostBytes) return;
      writing ??= makeRoom()
        .catch(fail)
        .finally(() => {
          writing = undefined;
        });
    },
    settled: async () => await writing,
  };
}
