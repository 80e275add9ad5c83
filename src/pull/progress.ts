import type { PullObserver } from '../model/events.js';
import type { PlannedImage } from '../model/plan.js';

/** How far the images of a run are, each layer counted for the first of the images that need it. */
export interface Progress {
  /** An image, or what is new of it. `receivedBefore`: what an earlier run has kept of a layer, in bytes. */
  know(
    key: string,
    planned: PlannedImage,
    isEstimated: boolean,
    receivedBefore: (digest: string) => number,
  ): void;
  /**
   * Shows an image from now on, with what comes from now on. What that will be, null where nobody knows; undefined for
   * one that is shown already.
   */
  start(key: string): number | null | undefined;
  /** It rests until it starts again. */
  pause(key: string): void;
  /**
   * It is shown no more. What has come over the network for it, in bytes.
   * @param pulled what it has brought into the store, in bytes, where it was pulled and nobody knew its layers before;
   * null where they were known, undefined where it was not pulled
   */
  end(key: string, pulled: number | null | undefined): number;
  /** So much of a blob is here. */
  arrived(digest: string, received: number): void;
  /** What has come of it is thrown away, and comes anew. */
  discarded(digest: string): void;
  /** So much more of it went to podman in parts. */
  passed(digest: string, bytes: number): void;
  /**
   * Guesses how far those are that podman pulls by itself.
   * @param written what the podman of an image has written, in bytes
   */
  estimate(written: (key: string) => number, committed: ReadonlySet<string>): void;
  /** Tells of what has changed. */
  tell(): void;
}

interface Shown {
  readonly planned: PlannedImage;
  readonly isEstimated: boolean;
  /** Its own layers with their sizes. */
  readonly layers: ReadonlyMap<string, number>;
  isRunning: boolean;
  /** What was here when the attempt began. */
  base: number;
  told: number;
  /** Of the attempt, and what of it is in the store. */
  estimated: number;
  committed: number;
  /** Of the attempts before, as far as it came to nothing. */
  wasted: number;
}

interface Arrived {
  here: number;
  last: number;
  fetched: number;
}

/**
 * podman writes a layer once as it comes, and about five times as much while it unpacks it: through a pipe, and to files.
 */
const writtenForByte = 6;

export function newProgress(observe: PullObserver): Progress {
  const images = new Map<string, Shown>();
  const owners = new Map<string, string>();
  const blobs = new Map<string, Arrived>();
  const blobOf = (digest: string): Arrived => {
    const known = blobs.get(digest) ?? { here: 0, last: 0, fetched: 0 };
    blobs.set(digest, known);
    return known;
  };
  const sum = ({ layers }: Shown, of: (blob: Arrived) => number) =>
    [...layers.keys()].reduce((total, digest) => total + of(blobOf(digest)), 0);
  const isFetched = ({ planned }: Shown) => planned.resolved.image.reference.transport === 'docker';
  const expectedOf = ({ planned, layers }: Shown) =>
    planned.layers === null ? null : [...layers.values()].reduce((total, size) => total + size, 0);
  const hereOf = (shown: Shown) => (shown.isEstimated ? shown.estimated : sum(shown, ({ here }) => here));
  const leftOf = (shown: Shown) => {
    const expected = expectedOf(shown);
    return expected === null ? null : Math.max(0, expected - shown.base);
  };

  return {
    know: (key, planned, isEstimated, receivedBefore) => {
      const missing = (planned.layers ?? []).filter(({ present }) => !present);
      for (const { digest } of missing) {
        if (!owners.has(digest)) owners.set(digest, key);
        if (blobs.has(digest)) continue;
        const here = receivedBefore(digest);
        blobs.set(digest, { here, last: here, fetched: 0 });
      }
      const own = missing.filter(({ digest }) => owners.get(digest) === key);
      const layers = new Map(own.map(({ digest, size }) => [digest, size]));
      const nothing = { isRunning: false, base: 0, told: 0, estimated: 0, committed: 0, wasted: 0 };
      images.set(key, { ...nothing, ...images.get(key), planned, isEstimated, layers });
    },
    start: (key) => {
      const shown = images.get(key);
      if (shown === undefined || shown.isRunning) return undefined;
      shown.isRunning = true;
      shown.told = 0;
      shown.wasted += shown.estimated - shown.committed;
      shown.estimated = shown.committed;
      shown.base = hereOf(shown);
      return leftOf(shown);
    },
    pause: (key) => {
      const shown = images.get(key);
      if (shown !== undefined) shown.isRunning = false;
    },
    end: (key, pulled) => {
      const shown = images.get(key);
      if (shown === undefined || !isFetched(shown)) return 0;
      shown.isRunning = false;
      if (!shown.isEstimated) return sum(shown, ({ fetched }) => fetched);
      return (
        shown.wasted +
        (pulled === undefined ? shown.estimated : (pulled ?? expectedOf(shown) ?? shown.estimated))
      );
    },
    arrived: (digest, received) => {
      const blob = blobOf(digest);
      // What is thrown away begins anew.
      if (received > blob.last) blob.fetched += received - blob.last;
      blob.last = received;
      blob.here = Math.max(blob.here, received);
    },
    discarded: (digest) => {
      blobOf(digest).last = 0;
    },
    passed: (digest, bytes) => {
      const blob = blobOf(digest);
      blob.fetched += bytes;
      blob.here += bytes;
    },
    estimate: (written, committed) => {
      for (const [key, shown] of images) {
        if (!shown.isEstimated || !shown.isRunning || !isFetched(shown)) continue;
        const there = [...shown.layers].reduce(
          (total, [digest, size]) => total + (committed.has(digest) ? size : 0),
          0,
        );
        const guess = shown.base + Math.round(written(key) / writtenForByte);
        shown.committed = there;
        shown.estimated = Math.max(shown.estimated, there, Math.min(guess, expectedOf(shown) ?? guess));
      }
    },
    tell: () => {
      for (const shown of images.values()) {
        if (!shown.isRunning) continue;
        const received = hereOf(shown) - shown.base;
        if (received === shown.told) continue;
        shown.told = received;
        observe({
          kind: 'progress',
          reference: shown.planned.resolved.image.reference.text,
          received,
          expected: leftOf(shown),
          ...(shown.isEstimated ? { estimated: true as const } : {}),
        });
      }
    },
  };
}
