import { writtenBytes } from '../process/group-output.js';

/** How often a pull that seems to stand still is looked at closely. */
const lookMs = 1000;

/**
 * A podman that writes fewer bytes than this from one look to the next only waits: Go wakes its own threads by
 * writing to a pipe or an eventfd, 4 to 45 bytes a second (seen with podman 4.3, 5.4 and 5.8).
 */
const signOfLife = 4096;

/**
 * Makes a function that is told how far a pull is, again and again, and says whether it has stood still for
 * `limitMs`: no new byte came, no layer was committed, and podman did not write as it does while it unpacks.
 *
 * @param group the process group of its podman, while there is one
 */
export function stallDetector(
  limitMs: number,
  group: () => number | undefined,
): (progress: { received: number; committed: number }, nowMs: number) => boolean {
  let last = '';
  let written = 0;
  let changedAt: number | undefined;
  let lookedAt = 0;
  return ({ received, committed }, nowMs) => {
    const state = `${received} ${committed}`;
    if (state !== last || changedAt === undefined) {
      last = state;
      changedAt = nowMs;
      return false;
    }
    if (nowMs - Math.max(changedAt, lookedAt) < Math.min(lookMs, limitMs)) return false;
    lookedAt = nowMs;
    const leader = group();
    const now = leader === undefined ? 0 : writtenBytes(leader);
    if (now - written >= signOfLife) changedAt = nowMs;
    written = now;
    return nowMs - changedAt >= limitMs;
  };
}
