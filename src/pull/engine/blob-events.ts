import { backoffMs } from '../../model/backoff.js';
import { isTransient } from '../../model/failure.js';
import { afterAttempts } from '../backoff.js';
import {
  blobOf,
  type Draft,
  forgetQueues,
  hostOf,
  hostState,
  imageOf,
  retry,
  setBlob,
  setHost,
  setImage,
  setLane,
} from './draft.js';
import { commit, failBlob, haltFor, isTriedAgain } from './failures.js';
import { nextSource } from './fetches.js';
import { currentOf, moveTo } from './lane-events.js';
import { busyBytes, busySpanMs, progressBytes } from './limits.js';
import type { EngineEvent } from './model.js';
import { placeOf } from './needs.js';
import type { BlobState, ImagePhase, LaneState } from './state.js';

type Event<K extends EngineEvent['kind']> = Extract<EngineEvent, { kind: K }>;

/** podman waits for a blob that is not here, whatever was thought of it. */
export function asked(draft: Draft, { digest }: Event<'asked'>): void {
  const known = draft.blobAt.get(digest);
  if (known !== undefined) findLane(draft, known);
  const place = surprise(draft, digest, known !== undefined && isAtHand(draft, known)) ?? known;
  if (place === undefined) return;
  const { phase } = blobOf(draft, place);
  if (phase === 'failed') return;
  const isLost = phase === 'here' || phase === 'given' || phase === 'committed';
  setBlob(draft, place, { isAsked: true, ...(isLost ? { phase: 'wanted', received: 0 } : {}) });
  if (isLost) forgetQueues(draft);
}

/** Whether a podman works on an image that needs it. */
function isAtHand(draft: Draft, place: number): boolean {
  const { images } = blobOf(draft, place);
  return [...draft.lanes.values()].some((lane) => images.includes(currentOf(lane) ?? -1));
}

/**
 * A blob that nobody knew podman to need may be for any image that a podman works on; one that somebody needs, also for
 * one whose blobs nobody knows.
 */
function surprise(draft: Draft, digest: string, isExpected: boolean): number | undefined {
  const ours = atHand(draft);
  const unknown = unknownAtHand(draft);
  let place: number | undefined;
  for (const image of unknown.length > 0 || isExpected ? unknown : ours) {
    place = placeOf(draft, { digest, size: null, isPartial: false }, image);
    const { images: before } = blobOf(draft, place);
    if (!before.includes(image)) setBlob(draft, place, { images: [...before, image] });
    const { blobs } = imageOf(draft, image);
    if (!blobs.includes(place)) setImage(draft, image, { blobs: [...blobs, place] });
  }
  if (place !== undefined) forgetQueues(draft);
  return place;
}

/** The images that podmans work on, with bytes of ours. */
function atHand(draft: Draft): readonly number[] {
  const images = [...draft.lanes.values()].flatMap((lane) => currentOf(lane) ?? []);
  return images.filter((image) => imageOf(draft, image).need?.way === 'relay');
}

function unknownAtHand(draft: Draft): readonly number[] {
  return atHand(draft).filter((image) => imageOf(draft, image).need?.blobs === null);
}

/** What is asked for may tell that podman has gone on to another image of its list. */
function findLane(draft: Draft, place: number): void {
  const { images } = blobOf(draft, place);
  // One whose blobs nobody knows may be the one that asks.
  if (isAtHand(draft, place) || unknownAtHand(draft).length > 0) return;
  for (const lane of draft.lanes.values()) {
    const at = lane.images.findIndex((image, index) => index > lane.at && images.includes(image));
    if (at !== -1) moveTo(draft, lane.number, at);
  }
}

export function arrived(draft: Draft, { digest, received, size }: Event<'arrived'>): void {
  const place = draft.blobAt.get(digest);
  if (place === undefined) return;
  const blob = blobOf(draft, place);
  const known = size ?? blob.size;
  if (blob.phase !== 'fetching') {
    // Kept by an earlier run, or the last of a fetch that was stopped.
    if (blob.phase === 'wanted' || blob.phase === 'resting') setBlob(draft, place, { received, size: known });
    draft.mayStart = true;
    return;
  }
  if (blob.received === 0 && received > 0) draft.mayStart = true;
  // It may have begun anew.
  const bytes = received >= blob.received ? received - blob.received : received;
  const arrivedAtMs = bytes > 0 ? draft.nowMs : blob.arrivedAtMs;
  const measuredFrom = Math.min(blob.measuredFrom, received);
  setBlob(draft, place, { received, size: known, arrivedAtMs, measuredFrom });
  if (bytes === 0) return;
  measureHost(draft, hostOf(draft, blob), bytes);
  for (const lane of draft.lanes.values())
    if (blob.images.includes(currentOf(lane) ?? -1)) measureLane(draft, lane, bytes);
}

function measureHost(draft: Draft, name: string, bytes: number): void {
  const { bestRate, measuredAtMs, measuredBytes } = hostState(draft, name);
  const sum = measuredBytes + bytes;
  const ms = draft.nowMs - measuredAtMs;
  if (ms < 1000) setHost(draft, name, { isSilent: false, measuredBytes: sum });
  else {
    const rate = measuredAtMs === 0 ? 0 : (sum / ms) * 1000;
    setHost(draft, name, {
      isSilent: false,
      bestRate: Math.max(bestRate, rate),
      measuredAtMs: draft.nowMs,
      measuredBytes: 0,
    });
  }
}

function measureLane(draft: Draft, lane: LaneState, bytes: number): void {
  const { nowMs } = draft;
  const isNew = nowMs - lane.measuredAtMs > busySpanMs;
  const sum = isNew ? bytes : lane.measuredBytes + bytes;
  const isBusy = sum >= busyBytes;
  setLane(draft, lane.number, {
    movedAtMs: nowMs,
    arrivedAtMs: nowMs,
    measuredAtMs: isNew || isBusy ? nowMs : lane.measuredAtMs,
    measuredBytes: isBusy ? 0 : sum,
    ...(isBusy ? { busyAtMs: nowMs } : {}),
  });
}

export function fetched(draft: Draft, { digest }: Event<'fetched'>): void {
  const place = draft.blobAt.get(digest);
  if (place === undefined) return;
  const blob = blobOf(draft, place);
  if (blob.phase !== 'fetching') return;
  const received = blob.size ?? blob.received;
  setBlob(draft, place, { phase: blob.isKept ? 'here' : 'given', received, isAsked: false });
  setHost(draft, hostOf(draft, blob), { isSilent: false });
  moveLanes(draft, blob);
  draft.mayStart = true;
}

export function fetchFailed(draft: Draft, event: Event<'fetch-failed'>): void {
  const place = draft.blobAt.get(event.digest);
  if (place !== undefined && blobOf(draft, place).phase === 'fetching') failFetch(draft, place, event);
}

type Reasons = Pick<Event<'fetch-failed'>, 'failure' | 'waitMs' | 'isGone'>;

/** A fetch has failed: it is tried again where it stands, then from another source; then those who need it fail. */
export function failFetch(draft: Draft, place: number, { failure: given, waitMs, isGone }: Reasons): void {
  const blob = blobOf(draft, place);
  const { image, source, received, images } = blob;
  if (given.kind === 'local') {
    setBlob(draft, place, { phase: 'wanted' });
    haltFor(draft, image, given);
    return;
  }
  const host = hostOf(draft, blob);
  const hasProgress = received - blob.failedAt >= progressBytes;
  const failures = hasProgress ? 1 : blob.failures + 1;
  const failure = afterAttempts(given, failures);
  setBlob(draft, place, { failures, failedAt: received });
  if (waitMs !== null && isTransient(failure))
    setHost(draft, host, {
      pausedUntilMs: Math.max(hostState(draft, host).pausedUntilMs, draft.nowMs + waitMs),
    });
  const hasReceived = received > 0;
  if (!isGone && isTriedAgain(draft, { failed: failures, failure, host, hasReceived })) {
    const restMs = waitMs ?? backoffMs(failures, failure.code, draft.random);
    setBlob(draft, place, { phase: 'resting', restUntilMs: draft.nowMs + restMs });
    const isIn = (...phases: ImagePhase[]) =>
      images.find((each) => phases.includes(imageOf(draft, each).phase));
    const concerned = isIn('running') ?? isIn('waiting', 'resting') ?? image;
    retry(draft, concerned, failure, restMs);
    return;
  }
  // A host that fails may fail for all; that one image may not have it says nothing of the others.
  const isOfHost = isTransient(failure) && !isGone;
  const tried = new Set(blob.tried).add(isOfHost ? host : `${image}/${source}`);
  const words = new Map(blob.words).set(image, { failure, isGone });
  setBlob(draft, place, { phase: 'wanted', failures: 0, failedAt: received, tried, words });
  const next = nextSource(draft, blobOf(draft, place));
  if (next === undefined) failBlob(draft, place, { failure, isGone });
  else setBlob(draft, place, next);
  forgetQueues(draft);
}

export function committed(draft: Draft, { digests }: Event<'committed'>): void {
  const places = digests.flatMap((digest) => draft.blobAt.get(digest) ?? []);
  const fresh = places.filter((place) => blobOf(draft, place).phase !== 'committed');
  if (fresh.length === 0) return;
  draft.unpackedAtMs = draft.nowMs;
  for (const place of fresh) {
    commit(draft, place);
    moveLanes(draft, blobOf(draft, place));
  }
}

/** A blob has come, or is in the store. A small one keeps no podman busy. */
function moveLanes(draft: Draft, { images, received }: BlobState): void {
  const { nowMs } = draft;
  const busy = received >= busyBytes ? { busyAtMs: nowMs } : {};
  for (const lane of draft.lanes.values())
    if (images.includes(currentOf(lane) ?? -1)) setLane(draft, lane.number, { movedAtMs: nowMs, ...busy });
}
