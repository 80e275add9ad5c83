import type { Failure } from '../../model/failure.js';
import type { EngineSettings, ImageNeed } from './model.js';

/**
 * What the engine knows. Nobody changes one that has been handed out: a step copies what it changes. Images and blobs are
 * known by their place in a list, so that a copy costs next to nothing.
 */
export interface EngineState {
  readonly settings: EngineSettings;
  readonly images: readonly ImageState[];
  readonly imageAt: ReadonlyMap<string, number>;
  readonly blobs: readonly BlobState[];
  readonly blobAt: ReadonlyMap<string, number>;
  readonly lanes: ReadonlyMap<number, LaneState>;
  readonly hosts: ReadonlyMap<string, HostState>;
  /** Images in the order in which they will be finished. */
  readonly order: readonly number[];
  /** Of the blobs that nobody has asked for, those to be fetched from each host, in order. */
  readonly queues: ReadonlyMap<string, readonly number[]>;
  /** Blobs on their way. */
  readonly fetching: ReadonlySet<number>;
  /** Blobs that podman waits for and nobody fetches. */
  readonly asked: ReadonlySet<number>;
  /** Images and blobs whose next attempt is to come. */
  readonly restingImages: ReadonlySet<number>;
  readonly restingBlobs: ReadonlySet<number>;
  /** What lies here and podman has not taken, or will come, in bytes. */
  readonly heldBytes: number;
  readonly nextLane: number;
  /** How many images are not done. */
  readonly left: number;
  /** Why no more is begun: for the images in lanes, and for those that wait. */
  readonly halt: Halt | null;
  /** The last time asked for by `wake`. */
  readonly wakeAtMs: number;
  /** When a podman was last seen to unpack: others may have to wait for the lock of the store. */
  readonly unpackedAtMs: number;
}

export interface Halt {
  readonly failure: Failure;
  /** Whose failure it is: it says it in its own words. */
  readonly image: number | null;
  /** How the others say it. */
  readonly others: Failure;
}

export interface ImageState {
  readonly key: string;
  readonly need: ImageNeed | null;
  /** Places of its blobs, in the order in which podman can use them. */
  readonly blobs: readonly number[];
  readonly phase: 'new' | 'looking-up' | 'waiting' | 'running' | 'resting' | 'done';
  readonly lane: number | null;
  /** What is to be done when it has rested. */
  readonly next: 'look-up' | 'pull';
  readonly restUntilMs: number;
  /** Failed attempts of podman, and to look it up. */
  readonly failedPulls: number;
  readonly failedLookUps: number;
  /** Attempts that were told as `retry`. */
  readonly retries: number;
  /** How often its podman said that the content is wrong. */
  readonly corruptions: number;
  /** Its blobs cannot be had, so that its podman will fail; `again`: it is looked up once more. */
  readonly doom: { readonly failure: Failure; readonly again: boolean } | null;
  readonly wasLookedUpAgain: boolean;
  /** It failed among others: it is tried by itself, to hear its own words. */
  readonly isApart: boolean;
  /** Its podman was ended because its bytes did not come: others go first. */
  readonly hasStarved: boolean;
}

export interface BlobState {
  readonly digest: string;
  readonly size: number | null;
  readonly isPartial: boolean;
  /** Places of the images that need it, in order. */
  readonly images: readonly number[];
  /** `given`: it went through memory to one podman. */
  readonly phase: 'wanted' | 'fetching' | 'resting' | 'here' | 'given' | 'committed' | 'failed';
  readonly isAsked: boolean;
  readonly isKept: boolean;
  /** Counted as held, in bytes. */
  readonly held: number;
  readonly received: number;
  /** Where it is fetched: the source of an image. */
  readonly image: number;
  readonly source: number;
  /** Failures since the last progress. */
  readonly failures: number;
  /** `received` at the last failure. */
  readonly failedAt: number;
  readonly trickles: number;
  readonly restUntilMs: number;
  /** When the last byte came, or it was asked for. */
  readonly arrivedAtMs: number;
  /** From when, and how many bytes, its rate is measured. */
  readonly measuredAtMs: number;
  readonly measuredFrom: number;
  /** What its sources said, by image. */
  readonly words: ReadonlyMap<number, Failure>;
  /** Hosts that cannot give it although they might. */
  readonly exhausted: ReadonlySet<string>;
}

export interface LaneState {
  readonly number: number;
  readonly images: readonly number[];
  /** The place in `images` of the one that podman works on. */
  readonly at: number;
  readonly pulled: ReadonlySet<number>;
  /** When it last worked or got bytes. */
  readonly movedAtMs: number;
  /** When bytes last came for its image, and since when enough of them to keep it busy. */
  readonly arrivedAtMs: number;
  readonly busyAtMs: number;
  readonly measuredAtMs: number;
  readonly measuredBytes: number;
  /** Why we end it: what its image has failed of, or because others are to go first. */
  readonly ending: { readonly failure: Failure | null } | null;
}

export interface HostState {
  readonly name: string;
  /** It did not answer, however often it was asked. */
  readonly isSilent: boolean;
  /** It wants no request before. */
  readonly pausedUntilMs: number;
  /** The most that it gave over a second, in bytes a second. */
  readonly bestRate: number;
  readonly measuredAtMs: number;
  readonly measuredBytes: number;
  readonly arrivedAtMs: number;
}
