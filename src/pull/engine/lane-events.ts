import type { Failure } from '../../model/failure.js';
import { afterAttempts, unknownWords } from '../backoff.js';
import {
  blobOf,
  type Draft,
  forgetQueues,
  imageOf,
  lanesOf,
  setBlob,
  setHost,
  setImage,
  setLane,
} from './draft.js';
import { finish, haltedBy, haltFor, isTriedAgain, meetDoom, rest } from './failures.js';
import { stopFetch } from './fetches.js';
import type { EngineEvent } from './model.js';
import { isBig } from './order.js';
import type { LaneState } from './state.js';

type Event<K extends EngineEvent['kind']> = Extract<EngineEvent, { kind: K }>;

/** The image that podman works on; undefined at the end of its list. */
export function currentOf({ images, at }: LaneState): number | undefined {
  return images[at];
}

/** A podman has gone on to the image at a place of its list. */
export function moveTo(draft: Draft, number: number, at: number): void {
  const lane = draft.lanes.get(number);
  if (lane === undefined || at <= lane.at) return;
  const { nowMs } = draft;
  setLane(draft, number, { at, movedAtMs: nowMs, busyAtMs: nowMs });
  for (const image of lane.images.slice(lane.at, at)) if (draft.halt === null) meetDoom(draft, image);
  draft.mayStart = true;
}

export function pulled(draft: Draft, { lane: number, image: key }: Event<'pulled'>): void {
  const lane = draft.lanes.get(number);
  const image = draft.imageAt.get(key);
  if (lane === undefined || image === undefined) return;
  setLane(draft, number, { pulled: new Set(lane.pulled).add(image) });
  const index = lane.images.indexOf(image);
  if (index !== -1) {
    finish(draft, image, null);
    const { need } = imageOf(draft, image);
    const host = need?.way === 'direct' ? need.sources[0] : undefined;
    if (host !== undefined) setHost(draft, host, { isSilent: false });
    moveTo(draft, number, index + 1);
  }
}

/** podman works; where it may be unpacking, the others may have to wait for the lock of the store. */
export function laneWorks(draft: Draft, { lane: number }: Event<'lane-works'>): void {
  const lane = draft.lanes.get(number);
  if (lane === undefined) return;
  const { nowMs } = draft;
  // What it gets, it writes, too.
  const unpacks = nowMs - lane.arrivedAtMs >= 1000 || canUnpack(draft, currentOf(lane));
  setLane(draft, number, { movedAtMs: nowMs, ...(unpacks ? { busyAtMs: nowMs } : {}) });
  if (unpacks) draft.unpackedAtMs = nowMs;
}

/** podman takes blobs from the bottom up: the next one is here. */
function canUnpack(draft: Draft, image: number | undefined): boolean {
  for (const place of image === undefined ? [] : imageOf(draft, image).blobs) {
    const blob = blobOf(draft, place);
    const isHere = blob.phase === 'here' || blob.phase === 'given';
    // A config is in the store when all is.
    if (blob.phase !== 'committed' && !(isHere && !isBig(blob))) return isHere;
  }
  return true;
}

export function laneEnded(draft: Draft, { lane: number, failure }: Event<'lane-ended'>): void {
  const lane = draft.lanes.get(number);
  if (lane === undefined) return;
  lanesOf(draft).delete(number);
  draft.mayStart = true;
  const left = lane.images.filter((image) => imageOf(draft, image).lane === number);
  forgetAsked(draft, left);
  if (draft.halt === null && lane.ending === null && failure?.kind === 'local')
    haltFor(draft, currentOf(lane) ?? left[0] ?? null, failure);
  if (draft.halt !== null) {
    for (const image of left)
      finish(draft, image, imageOf(draft, image).doom?.failure ?? haltedBy(draft.halt, image));
    return;
  }
  const failed = lane.images.filter((image) => !lane.pulled.has(image));
  const doomed = left.filter((image) => imageOf(draft, image).doom !== null);
  const others = left.filter((image) => imageOf(draft, image).doom === null);
  if (lane.ending !== null) endedByUs(draft, lane, others, lane.ending.failure);
  else if (failure === null || failure.code === 'stopped-early')
    endedEarly(draft, lane, others, failure ?? endedSilently);
  else if (others.length === 1 && failed.length === 1) failPull(draft, lane, others[0] as number, failure);
  // Its words are of one of them: each is heard by itself.
  else for (const image of others) wait(draft, image, { isApart: true });
  for (const image of doomed) meetDoom(draft, image);
}

const endedSilently: Failure = {
  code: 'stopped-early',
  kind: 'transient',
  message: 'podman ended early: without an image',
  hint: null,
};

/** Only the image at hand is the cause, if any. */
function endedByUs(draft: Draft, lane: LaneState, images: readonly number[], failure: Failure | null): void {
  for (const image of images) {
    const isCurrent = image === currentOf(lane);
    if (isCurrent && failure !== null) failPull(draft, lane, image, failure);
    else wait(draft, image, isCurrent ? { hasStarved: true } : {});
  }
}

/** The image at hand was not pulled; those before it have failed of what nobody knows, those behind were not tried. */
function endedEarly(draft: Draft, lane: LaneState, images: readonly number[], failure: Failure): void {
  const current = currentOf(lane);
  for (const image of images) {
    const isBefore = lane.images.indexOf(image) < lane.at;
    if (image === current || images.length === 1) failPull(draft, lane, image, failure);
    else wait(draft, image, isBefore ? { isApart: true } : {});
  }
}

function wait(
  draft: Draft,
  image: number,
  change: { readonly isApart?: boolean; readonly hasStarved?: boolean },
): void {
  setImage(draft, image, { phase: 'waiting', lane: null, ...change });
}

/** podman could not pull an image, and said why. */
function failPull(draft: Draft, lane: LaneState, image: number, failure: Failure): void {
  const { failedPulls, corruptions, unknowns: before, need } = imageOf(draft, image);
  const isCorrupt = failure.code === 'corrupt';
  const times = corruptions + Number(isCorrupt);
  const said = unknownWords(failure);
  const unknowns = said === undefined ? before : [...before, said];
  const error = afterAttempts(
    failure,
    said === undefined ? times : unknowns.filter((words) => words === said).length,
  );
  const failed = failedPulls + 1;
  setImage(draft, image, { failedPulls: failed, corruptions: times, unknowns });
  const attempts = {
    failed,
    failure: error,
    // What podman gets from us says nothing of its registry.
    host: need?.way === 'direct' ? need.sources[0] : undefined,
    hasReceived: lane.movedAtMs > lane.startedAtMs,
  };
  if (!isTriedAgain(draft, attempts)) {
    finish(draft, image, error);
    return;
  }
  if (isCorrupt) discard(draft, image);
  rest(draft, image, failed, error);
}

/** What came of an image and is in no store is fetched anew. */
function discard(draft: Draft, image: number): void {
  for (const place of imageOf(draft, image).blobs) {
    const { digest, phase, received } = blobOf(draft, place);
    if (phase === 'committed' || phase === 'failed' || (phase === 'wanted' && received === 0)) continue;
    stopFetch(draft, place);
    draft.actions.push({ kind: 'discard', digest });
    setBlob(draft, place, { phase: 'wanted', received: 0, failedAt: 0 });
  }
  forgetQueues(draft);
}

/** Who has ended waits for nothing; what another podman is at, that may wait for. */
function forgetAsked(draft: Draft, images: readonly number[]): void {
  const places = new Set(images.flatMap((image) => imageOf(draft, image).blobs));
  for (const lane of draft.lanes.values())
    for (const place of imageOf(draft, currentOf(lane) ?? -1)?.blobs ?? []) places.delete(place);
  for (const place of places) {
    const { phase, isAsked, isKept } = blobOf(draft, place);
    if (isAsked) setBlob(draft, place, { isAsked: false });
    if (phase === 'given') setBlob(draft, place, { phase: 'wanted', received: 0 });
    else if (!isKept && (phase === 'fetching' || phase === 'resting')) {
      stopFetch(draft, place);
      setBlob(draft, place, { phase: 'wanted', received: 0 });
    }
  }
}
