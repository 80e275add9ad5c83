import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Failure } from './failure.js';

/**
 * What happens while a plan is carried out, in order, for whoever shows it. `reference` is what podman is
 * asked for and tells the images apart; sizes are bytes as they come over the network, compressed; times are
 * seconds.
 */
export type PullEvent =
  | PlanEvent
  | WaitingEvent
  | StartEvent
  | ProgressEvent
  | RetryEvent
  | EndEvent
  | SummaryEvent;

/** Takes each event as it happens. It returns at once and never throws. */
export type PullObserver = (event: PullEvent) => void;

/** The first event: what there is to do. */
export interface PlanEvent {
  readonly kind: 'plan';
  /** All bound images, those that are present included. */
  readonly images: number;
  readonly toPull: number;
  /** What has to be downloaded, each layer once; null when a size is not known. */
  readonly downloadBytes: number | null;
  /** What would be downloaded on top of it if no two images shared a layer's download. */
  readonly sharedBytesSaved: number | null;
}

/** An image that could not start yet; `start` ends the waiting. */
export interface WaitingEvent {
  readonly kind: 'waiting';
  readonly reference: string;
  /** The image whose layers it waits for; null: it waits for something else. */
  readonly for: string | null;
  /** What else: that the downloads before it are done, so that the link is free for it, or that a podman is free. */
  readonly on?: 'downloads' | 'podman' | undefined;
}

/** Something is about to be done for an image: its registry is asked for the first of its layers, or podman is started. */
export interface StartEvent {
  readonly kind: 'start';
  readonly reference: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** What this attempt is expected to download; null when it is not known. */
  readonly bytes: number | null;
}

/** Bytes have arrived. At most ten of these a second for each image. */
export interface ProgressEvent {
  readonly kind: 'progress';
  readonly reference: string;
  /** Of this attempt, so far. */
  readonly received: number;
  /** Of this attempt, in the end; null when it is not known. */
  readonly expected: number | null;
  /** podman fetches by itself, and what has arrived is told from what the store has. */
  readonly estimated?: boolean | undefined;
}

/** An attempt failed and another one will follow: `start` announces it. */
export interface RetryEvent {
  readonly kind: 'retry';
  readonly reference: string;
  /** The one that failed. */
  readonly attempt: number;
  readonly waitSeconds: number;
  readonly error: Failure;
}

/** An image is done with, one way or the other, whether it was started or not. */
export interface EndEvent {
  readonly kind: 'end';
  readonly reference: string;
  readonly state: 'pulled' | 'failed';
  /** By all its attempts together. */
  readonly received: number;
  /** Since its first attempt was started, waits between attempts included. */
  readonly seconds: number;
  /** 1, and how often something had to be tried again. */
  readonly attempts: number;
  /** Of a failed image. */
  readonly error: Failure | null;
}

/** The last event. */
export interface SummaryEvent {
  readonly kind: 'summary';
  readonly images: number;
  readonly present: number;
  readonly pulled: number;
  readonly failed: number;
  /** Downloaded by all attempts of all images. */
  readonly bytes: number;
  /** Where the blobs came from, as far as this program fetched them. */
  readonly origins: readonly Origin[];
  /** From the plan to the end. */
  readonly seconds: number;
  readonly sharedBytesSaved: number | null;
}

/** Bytes of blobs from one place. */
export interface Origin {
  /** `kept`: by an earlier run, so that nobody sent them. */
  readonly kind: 'registry' | 'mirror' | 'kept';
  /** `host[:port]`; null for what was kept. */
  readonly name: string | null;
  readonly bytes: number;
}

/** What an operation says beside its result. */
export type OperationEvent = PullEvent | NoteEvent | FindingsEvent | CommandEvent | RequestEvent;

/** Takes each event as it happens. It returns at once and never throws. */
export type Observe = (event: OperationEvent) => void;

/** One sentence for whoever waits. A warning is to be seen also by who wants to see nothing but what is wrong. */
export interface NoteEvent {
  readonly kind: 'note';
  /** `detail`: for who wants to know how it is done. */
  readonly level: 'detail' | 'info' | 'warning';
  readonly text: string;
}

/** What was found, as soon as it is; the result has all of it once more. */
export interface FindingsEvent {
  readonly kind: 'findings';
  readonly diagnostics: readonly Diagnostic[];
}

/** A program is about to be started. The command line holds no secrets. */
export interface CommandEvent {
  readonly kind: 'command';
  readonly commandLine: readonly string[];
}

/** A registry is about to be asked. */
export interface RequestEvent {
  readonly kind: 'request';
  /** `GET https://registry.example.com/v2/app/manifests/1`, printable and without secrets. */
  readonly request: string;
}
