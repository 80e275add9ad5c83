import type {
  EndEvent,
  ProgressEvent,
  PullEvent,
  RetryEvent,
  StartEvent,
  WaitingEvent,
} from '../../model/events.js';
import { type Samples, withSample } from './transfer-rate.js';

/** How far the pulls are. Times are milliseconds of one clock, whichever. */
export interface ProgressState {
  /** Images that are not in the store; null before the plan is known. */
  readonly toPull: number | null;
  readonly pulled: number;
  readonly failed: number;
  /** Announced and not ended, in the order of their announcement. */
  readonly current: readonly CurrentImage[];
  /** By all attempts of all images. */
  readonly received: number;
  /** What `received` will be in the end, by what is known now. */
  readonly expected: number | null;
  readonly samples: Samples;
}

export interface CurrentImage {
  readonly reference: string;
  readonly phase: Phase;
  /** Of now, or the next one while it waits; counts from 1. */
  readonly attempt: number;
  /** Bytes of this attempt, so far and in the end. */
  readonly received: number;
  readonly expected: number | null;
  /** podman fetches by itself, so that the bytes are no more than an estimate. */
  readonly isEstimated: boolean;
  /** Bytes of the attempts before. */
  readonly receivedBefore: number;
  readonly samples: Samples;
}

export type Phase =
  /** `for`: the image that goes first; null: see WaitingEvent. */
  | { readonly kind: 'waiting'; readonly for: string | null; readonly on?: WaitingEvent['on'] }
  | { readonly kind: 'pulling' }
  | { readonly kind: 'retrying'; readonly atMs: number };

export const noProgress: ProgressState = {
  toPull: null,
  pulled: 0,
  failed: 0,
  current: [],
  received: 0,
  expected: null,
  samples: [],
};

/** The state after an event that happens now. */
export function advance(state: ProgressState, event: PullEvent, nowMs: number): ProgressState {
  switch (event.kind) {
    case 'plan':
      return { ...state, toPull: event.toPull, expected: event.downloadBytes };
    case 'waiting': {
      const image = currentImage(state, event.reference);
      return withImage(state, { ...image, phase: { kind: 'waiting', for: event.for, on: event.on } });
    }
    case 'start':
      return start(state, event, nowMs);
    case 'progress':
      return progress(state, event, nowMs);
    case 'retry':
      return retry(state, event, nowMs);
    case 'end':
      return end(state, event, nowMs);
    case 'summary':
      return { ...state, current: [] };
  }
}

function start(
  state: ProgressState,
  { reference, attempt, bytes }: StartEvent,
  nowMs: number,
): ProgressState {
  const image = currentImage(state, reference);
  const next: CurrentImage = {
    reference,
    phase: { kind: 'pulling' },
    attempt,
    received: 0,
    expected: bytes,
    isEstimated: false,
    receivedBefore: image.receivedBefore + image.received,
    samples: withSample([], 0, nowMs),
  };
  // The plan counts the first attempt. Another one brings again what the last one did not leave in the store.
  const again =
    attempt === 1 || image.expected === null || bytes === null
      ? 0
      : bytes - (image.expected - image.received);
  const samples = state.samples.length === 0 ? withSample([], state.received, nowMs) : state.samples;
  // In the order in which they start, so that no line moves because another image starts.
  const current =
    attempt === 1 ? state.current.filter((other) => other.reference !== reference) : state.current;
  return withImage({ ...state, current, expected: plus(state.expected, again), samples }, next);
}

function progress(state: ProgressState, event: ProgressEvent, nowMs: number): ProgressState {
  const image = currentImage(state, event.reference);
  const expected = event.expected ?? image.expected;
  const more = image.expected === null || expected === null ? 0 : expected - image.expected;
  const received = state.received + event.received - image.received;
  return withImage(
    {
      ...state,
      received,
      expected: plus(state.expected, more),
      samples: withSample(state.samples, received, nowMs),
    },
    {
      ...image,
      received: event.received,
      expected,
      isEstimated: event.estimated ?? false,
      samples: withSample(image.samples, event.received, nowMs),
    },
  );
}

function retry(state: ProgressState, event: RetryEvent, nowMs: number): ProgressState {
  const image = currentImage(state, event.reference);
  const phase = { kind: 'retrying', atMs: nowMs + event.waitSeconds * 1000 } as const;
  return withImage(state, { ...image, attempt: event.attempt + 1, phase });
}

function end(state: ProgressState, event: EndEvent, nowMs: number): ProgressState {
  const image = currentImage(state, event.reference);
  const late = event.received - image.receivedBefore - image.received;
  const received = state.received + late;
  // What an image did not bring after all is no longer waited for.
  const missed = image.expected === null ? 0 : image.expected - image.received - late;
  return {
    ...state,
    pulled: state.pulled + (event.state === 'pulled' ? 1 : 0),
    failed: state.failed + (event.state === 'failed' ? 1 : 0),
    current: state.current.filter(({ reference }) => reference !== event.reference),
    received,
    expected: plus(state.expected, -missed),
    samples: withSample(state.samples, received, nowMs),
  };
}

function plus(expected: number | null, more: number): number | null {
  return expected === null ? null : expected + more;
}

function currentImage({ current }: ProgressState, reference: string): CurrentImage {
  return (
    current.find((image) => image.reference === reference) ?? {
      reference,
      phase: { kind: 'pulling' },
      attempt: 1,
      received: 0,
      expected: null,
      isEstimated: false,
      receivedBefore: 0,
      samples: [],
    }
  );
}

function withImage(state: ProgressState, image: CurrentImage): ProgressState {
  const isKnown = state.current.some(({ reference }) => reference === image.reference);
  const current = isKnown
    ? state.current.map((other) => (other.reference === image.reference ? image : other))
    : [...state.current, image];
  return { ...state, current };
}
