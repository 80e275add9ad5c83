import type { Failure } from '../../model/failure.js';

/**
 * The engine decides what is fetched in which order, which podman pulls what, what is tried again, and when a run has
 * ended. It is a function of a state and an event to a state and actions, and knows no time but that of its events.
 *
 * An image is named by its key, a blob by its digest, a podman (a *lane*: it pulls a list of images) by its number.
 */

/** A blob that the store does not have. */
export interface BlobNeed {
  readonly digest: string;
  /** In bytes; null where nobody knows. */
  readonly size: number | null;
  /** podman may fetch parts of it: it is fetched only if podman asks for all of it. */
  readonly isPartial: boolean;
}

/** How an image can be had. */
export interface ImageNeed {
  /** `relay`: podman gets it from us; `direct`: it goes for itself, or reads a path. */
  readonly way: 'relay' | 'direct';
  /** Images of one group can share a podman: their options agree. Of `direct` ones, one of a group is pulled at a time. */
  readonly group: string;
  /** A podman pulls it alone, once all of its blobs are here: an artifact. */
  readonly isAlone: boolean;
  /** Its blobs that the store does not have, in the order in which podman can use them; null where nobody knows them. */
  readonly blobs: readonly BlobNeed[] | null;
  /**
   * Where its blobs are fetched, best first, by the names of the hosts. Of a `direct` one that podman gets from a registry,
   * the name of that, so that one which does not answer is not waited for again and again; else empty.
   */
  readonly sources: readonly string[];
}

/** An image of a run, most urgent first. `need` is null where the registry has not answered yet. */
export interface EngineImage {
  readonly key: string;
  readonly need: ImageNeed | null;
}

export interface EngineSettings {
  /** So many podmans work at the same time, those that wait for bytes not counted. */
  readonly lanes: number;
  /** So many podmans at most. */
  readonly mostLanes: number;
  /** How many more attempts after a failed one. */
  readonly retries: number;
  /** For so long nothing may come, or happen, before a request is made again. */
  readonly stallTimeoutMs: number;
  /** Room for blobs that wait for podman, in bytes. */
  readonly roomBytes: number;
}

/** What has happened. */
export type EngineEvent =
  | { readonly kind: 'started' }
  /** podman asks for a blob. */
  | { readonly kind: 'asked'; readonly digest: string }
  /** So many bytes of it are here. */
  | {
      readonly kind: 'arrived';
      readonly digest: string;
      readonly received: number;
      readonly size: number | null;
    }
  | { readonly kind: 'fetched'; readonly digest: string }
  /** A fetch failed; `waitMs` as the registry wants it, `isGone`: it has no such blob. */
  | {
      readonly kind: 'fetch-failed';
      readonly digest: string;
      readonly failure: Failure;
      readonly waitMs: number | null;
      readonly isGone: boolean;
    }
  | { readonly kind: 'looked-up'; readonly image: string; readonly need: ImageNeed }
  | { readonly kind: 'look-up-failed'; readonly image: string; readonly failure: Failure }
  /** Layers that came into the store. */
  | { readonly kind: 'committed'; readonly digests: readonly string[] }
  /** A podman says that it has the image. */
  | { readonly kind: 'pulled'; readonly lane: number; readonly image: string }
  /**
   * A podman has ended. `failure` is what it said of the images that it did not pull; null where it said nothing, as
   * when it was stopped.
   */
  | { readonly kind: 'lane-ended'; readonly lane: number; readonly failure: Failure | null }
  /** A podman writes, or has been seen to work. */
  | { readonly kind: 'lane-works'; readonly lane: number }
  /** Nothing more may be written, or this machine is at fault in another way. */
  | { readonly kind: 'halted'; readonly failure: Failure }
  /** The time that an action `wake` named has come, or about a second has gone by. */
  | { readonly kind: 'time' }
  /** Somebody stopped the run. */
  | { readonly kind: 'stopped'; readonly failure: Failure };

/** What is to be done. */
export type EngineAction =
  | { readonly kind: 'look-up'; readonly image: string }
  /** `source`: which of the sources of an image that has it. */
  | {
      readonly kind: 'fetch';
      readonly digest: string;
      readonly image: string;
      readonly source: number;
      readonly isKept: boolean;
    }
  /** To be followed by no event of this fetch. */
  | { readonly kind: 'stop-fetch'; readonly digest: string }
  /** Whoever waits for it waits in vain. */
  | { readonly kind: 'refuse'; readonly digest: string }
  /** Its bytes are wrong. */
  | { readonly kind: 'discard'; readonly digest: string }
  | { readonly kind: 'start-lane'; readonly lane: number; readonly images: readonly string[] }
  /** `lane-ended` follows. */
  | { readonly kind: 'end-lane'; readonly lane: number }
  /** To be shown: it will be tried again. */
  | {
      readonly kind: 'retry';
      readonly image: string;
      readonly attempt: number;
      readonly waitMs: number;
      readonly failure: Failure;
    }
  | { readonly kind: 'finish'; readonly image: string; readonly failure: Failure | null }
  /** An event `time` is wanted then. */
  | { readonly kind: 'wake'; readonly atMs: number };

/** When it happened, by a clock that never goes back, and a number in [0, 1). */
export interface Moment {
  readonly nowMs: number;
  readonly random: number;
}
