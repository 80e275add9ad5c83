import { writtenBytes } from '../tools/process/group-output.js';

/** How often the pulls are looked at. */
const lookMs = 1000;

/**
 * A podman that writes fewer bytes than this from one look to the next only waits: Go wakes its own threads by
 * writing to a pipe or an eventfd, 4 to 45 bytes a second (seen with podman 4.3, 5.4 and 5.8).
 */
const signOfLife = 4096;

/** How far a pull is. */
export interface Progress {
  /** Bytes of blobs. */
  readonly received: number;
  /** Layers. */
  readonly committed: number;
  /** The process group of its podman, while there is one. */
  readonly group: number | undefined;
}

interface Seen extends Progress {
  readonly written: number;
  readonly changedAt: number;
}

/**
 * Makes a function that is told how far the running pulls are, again and again, and returns those that have stood
 * still for `limitMs`: no new byte came, no layer was committed, and podman did not write as it does while it
 * unpacks. While one podman unpacks, the others may have to wait for the lock of the store (podman 4.3 and 5.4
 * hold it for a whole layer), so that none of them stands still.
 *
 * @param limitMs in milliseconds; a stall is told up to a second later
 */
export function stallWatch<K>(
  limitMs: number,
): (pulls: ReadonlyMap<K, Progress>, nowMs: number) => readonly K[] {
  let seen: ReadonlyMap<K, Seen> = new Map();
  let lookedAt = -Infinity;
  return (pulls, nowMs) => {
    if (nowMs - lookedAt < Math.min(lookMs, limitMs)) return [];
    lookedAt = nowMs;
    const written = writtenBytes(new Set([...pulls.values()].flatMap(({ group }) => group ?? [])));
    const looks = [...pulls].map(([key, progress]) => {
      const before = seen.get(key);
      const now = { ...progress, written: written.get(progress.group ?? 0) ?? 0 };
      return { key, before, now, wrote: now.written - (before?.written ?? 0) };
    });
    // What is fetched is written, too, to a temporary file.
    const unpacks = looks.some(({ before, now, wrote }) => {
      return before !== undefined && wrote >= signOfLife + 2 * Math.max(0, now.received - before.received);
    });
    seen = new Map(
      looks.map(({ key, before, now, wrote }) => {
        const moves =
          before === undefined ||
          unpacks ||
          wrote >= signOfLife ||
          now.received !== before.received ||
          now.committed !== before.committed;
        return [key, { ...now, changedAt: moves ? nowMs : before.changedAt }];
      }),
    );
    return [...seen].filter(([, { changedAt }]) => nowMs - changedAt >= limitMs).map(([key]) => key);
  };
}
