import type { Failure } from '../model/failure.js';
import type { PlannedImage } from '../model/plan.js';
import type { PullAttempt } from '../tools/podman/podman.js';
import { writtenBytes } from '../tools/process/group-output.js';
import { explain } from './explain.js';
import type { AuthAttempt } from './with-credentials.js';

/**
 * A podman that writes fewer bytes than this in a second only waits: Go wakes its own threads by writing to a pipe or an
 * eventfd, 4 to 45 bytes a second (seen with podman 4.3, 5.4 and 5.8).
 */
const signOfLife = 4096;

/** A podman at work on a list of images, or one after the other on one image, each with the next of its credentials. */
export interface RunningLane {
  /** How many bytes of an archive have been copied for it. */
  readonly copied: () => number;
  /** The process group of its podman, while there is one. */
  readonly group: () => number | undefined;
  /** Never rejects but with what ends the whole run. */
  readonly ended: Promise<AuthAttempt<PullAttempt>>;
}

/**
 * Starts a podman.
 *
 * @param isDirect it goes to the registry by itself, or reads a path, for the one image of the list
 * @param onId told the ID of each image as podman has it
 * @param signal stops it
 */
export type StartLane = (
  images: readonly PlannedImage[],
  isDirect: boolean,
  onId: (id: string) => void,
  signal: AbortSignal,
) => RunningLane;

export interface LaneEnd {
  /** What podman said of what it did not pull; null where that was nothing, or it was stopped. */
  readonly failure: Failure | null;
}

export interface Lanes {
  /** @param onPulled told of each image of the list, by its place, when podman has it */
  start(
    lane: number,
    images: readonly PlannedImage[],
    isDirect: boolean,
    onPulled: (index: number, ids: readonly string[]) => void,
  ): Promise<LaneEnd>;
  stop(lane: number): void;
  /** Those that have done something since this was last asked. */
  working(): readonly number[];
  /** What the podman of an image has written so far, in bytes. */
  writtenFor(image: PlannedImage): number;
}

interface Lane {
  readonly images: readonly PlannedImage[];
  readonly running: RunningLane;
  readonly stop: AbortController;
  written: number;
  copied: number;
}

/** The podmans of a run. */
export function newLanes(startLane: StartLane): Lanes {
  const lanes = new Map<number, Lane>();
  return {
    start: async (number, images, isDirect, onPulled) => {
      const stop = new AbortController();
      const told = new Set<number>();
      const others: string[] = [];
      const tell = (index: number, ids: readonly string[]) => {
        told.add(index);
        onPulled(index, ids);
      };
      let at = 0;
      // podman goes through its list in order, and says nothing of what has failed.
      const onId = (id: string) => {
        const index = images.findIndex((image, place) => place >= at && idOf(image) === id);
        if (isDirect || index === -1) {
          others.push(id);
          return;
        }
        at = index + 1;
        tell(index, [id]);
      };
      const running = startLane(images, isDirect, onId, stop.signal);
      lanes.set(number, { images, running, stop, written: 0, copied: 0 });
      try {
        const { result, tried } = await running.ended;
        const left = images.flatMap((_, index) => (told.has(index) ? [] : index));
        if (result.kind === 'pulled') {
          // Before 5.3, podman exits with 0 when TERM ends it: what it did not print it did not pull. It prints no artifact.
          const isPrinted = !isDirect && images[0]?.resolved.image.kind === 'image';
          if (isPrinted && others.length < left.length) return { failure: null };
          for (const index of left) tell(index, isDirect ? result.ids : others.splice(0, 1));
          return { failure: null };
        }
        if (result.kind === 'stopped') return { failure: null };
        const image = images[left[0] ?? 0];
        return { failure: image === undefined ? null : explain(result.failure, image.resolved, tried) };
      } finally {
        lanes.delete(number);
      }
    },
    stop: (number) => lanes.get(number)?.stop.abort(),
    working: () => {
      const groups = new Set([...lanes.values()].flatMap(({ running }) => running.group() ?? []));
      const written = writtenBytes(groups);
      return [...lanes].flatMap(([number, lane]) => {
        const now = written.get(lane.running.group() ?? 0) ?? lane.written;
        const copied = lane.running.copied();
        const isWorking = now - lane.written >= signOfLife || copied > lane.copied;
        lane.written = Math.max(now, lane.written);
        lane.copied = copied;
        return isWorking ? number : [];
      });
    },
    writtenFor: (image) => [...lanes.values()].find(({ images }) => images.includes(image))?.written ?? 0,
  };
}

/** An image's ID is the digest of its config (computeID in go.podman.io/image storage/storage_dest.go), mostly. */
function idOf({ content }: PlannedImage): string | undefined {
  return content?.config?.digest.replace(/^[^:]*:/, '');
}
