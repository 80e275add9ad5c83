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
  /** In parts of a few, so that to change one copies little. */
  readonly blobs: readonly (readonly BlobState[])[];
  readonly blobAt: ReadonlyMap<string, number>;
  readonly lanes: ReadonlyMap<number, LaneState>;
  readonly hosts: ReadonlyMap<string, HostState>;
  /** Images in the order in which they will be finished; null where it is to be made anew. */
  readonly order: readonly number[] | null;
  /** Of each host, what is to be fetched, in order; null where it is to be made anew. */
  readonly queues: ReadonlyMap<string, Queue> | null;
  /** Blobs on their way. */
  readonly fetching: ReadonlySet<number>;
  /** Blobs that podman waits for and that are to be fetched. */
  readonly asked: ReadonlySet<number>;
  /** Blobs and images whose next attempt is to come. */
  readonly restingBlobs: ReadonlySet<number>;
  readonly restingImages: ReadonlySet<number>;
  /** What lies here, or will, and is in no store, in bytes. */
  readonly heldBytes: number;
  readonly nextLane: number;
  /** How many images are not done. */
  readonly left: number;
  /** Why nothing more is begun. */
  readonly halt: Halt | null;
  /** The last time that was asked for. */
  readonly wakeAtMs: number;
  /** When a podman was last seen to unpack: others may have to wait for the lock of the store. */
  readonly unpackedAtMs: number;
}

export interface Queue {
  readonly blobs: readonly number[];
  /** Nothing before it is to be fetched. */
  readonly from: number;
}

export interface Halt {
  /** Whose failure it is, which says it in its own words; null where it is nobody's. */
  readonly image: number | null;
  readonly failure: Failure;
  /** How the others say it. */
  readonly others: Failure;
}

/** `new` before the run, `waiting` for its bytes or a lane, `running` in a lane, `resting` before another attempt. */
export type ImagePhase = 'new' | 'looking-up' | 'waiting' | 'running' | 'resting' | 'done';

export interface ImageState {
  readonly key: string;
  readonly need: ImageNeed | null;
  /** Places of its blobs, in the order in which podman can use them. */
  readonly blobs: readonly number[];
  /** So many of them are what it needs; the others podman asked for, and it may have been for another image. */
  readonly known: number;
  readonly phase: ImagePhase;
  readonly lane: number | null;
  readonly restUntilMs: number;
  /** Failed attempts of podman, and to look it up. */
  readonly failedPulls: number;
  readonly failedLookUps: number;
  /** How many attempts were told as failed. */
  readonly retries: number;
  /** How often its podman said that the content is wrong. */
  readonly corruptions: number;
  /** What its podman said of which nobody knows the cause, each time (`unknownWords`). */
  readonly unknowns: readonly string[];
  /** A blob of it cannot be had. */
  readonly doom: Doom | null;
  /** `need` is what its registry said, or will not be asked for. */
  readonly isLookedUp: boolean;
  readonly wasLookedUpAgain: boolean;
  /** It failed among others: it is tried by itself, to hear its own words. */
  readonly isApart: boolean;
  /** Its podman was ended because its bytes did not come: others go first. */
  readonly hasStarved: boolean;
}

export interface Doom {
  readonly failure: Failure;
  /** The registry no longer has what was planned. */
  readonly isGone: boolean;
}

/** `given`: it went through memory to one podman. */
export type BlobPhase = 'wanted' | 'fetching' | 'resting' | 'here' | 'given' | 'committed' | 'failed';

export interface BlobState {
  readonly digest: string;
  readonly size: number | null;
  readonly isPartial: boolean;
  /** Places of the images that need it. */
  readonly images: readonly number[];
  readonly phase: BlobPhase;
  /** podman waits for it. */
  readonly isAsked: boolean;
  readonly isKept: boolean;
  /** Counted in `heldBytes`. */
  readonly held: number;
  readonly received: number;
  /** Where it is fetched: a source of an image. */
  readonly image: number;
  readonly source: number;
  /** Failures without progress. */
  readonly failures: number;
  /** `received` at the last failure. */
  readonly failedAt: number;
  /** How often it was asked for again because too little came. */
  readonly trickles: number;
  readonly restUntilMs: number;
  /** When the last byte came, or it was asked for. */
  readonly arrivedAtMs: number;
  /** Since when, and from how many bytes, its rate is measured. */
  readonly measuredAtMs: number;
  readonly measuredFrom: number;
  /** Sources that cannot give it, `image/source`, and hosts that did not although they might. */
  readonly tried: ReadonlySet<string>;
  /** What its sources said, by image. */
  readonly words: ReadonlyMap<number, Doom>;
}

export interface LaneState {
  readonly number: number;
  readonly images: readonly number[];
  /** The place in `images` of the one that podman works on. */
  readonly at: number;
  readonly pulled: ReadonlySet<number>;
  readonly startedAtMs: number;
  /** When it last worked or got bytes. */
  readonly movedAtMs: number;
  /** When bytes last came for its image. */
  readonly arrivedAtMs: number;
  /** When it last worked, or got so many bytes that they keep it busy. */
  readonly busyAtMs: number;
  readonly measuredAtMs: number;
  readonly measuredBytes: number;
  /** We end it: for a failure of its image, or null so that others go first. */
  readonly ending: { readonly failure: Failure | null } | null;
}

export interface HostState {
  /** It did not answer, however often it was asked. */
  readonly isSilent: boolean;
  /** It wants no request before. */
  readonly pausedUntilMs: number;
  /** The most that it gave over a second, in bytes a second. */
  readonly bestRate: number;
  readonly measuredAtMs: number;
  readonly measuredBytes: number;
}
