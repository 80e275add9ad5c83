import { failFetch } from './blob-events.js';
import { blobOf, type Draft, hostOf, hostState, imageOf, setBlob, setImage } from './draft.js';
import { endLane, lookUp, stalled } from './failures.js';
import { stopFetch } from './fetches.js';
import { currentOf } from './lane-events.js';
import { busyMs, patienceMs, trickleMs, trickleRate, trickleShare } from './limits.js';
import { isOwed } from './ready.js';
import type { BlobState, LaneState } from './state.js';

/** Does what is due: ends waits, gives up what stands still. */
export function timePassed(draft: Draft): void {
  const { nowMs } = draft;
  for (const image of draft.restingImages)
    if (imageOf(draft, image).restUntilMs <= nowMs) wakeImage(draft, image);
  for (const place of draft.restingBlobs)
    if (blobOf(draft, place).restUntilMs <= nowMs) setBlob(draft, place, { phase: 'wanted' });
  for (const place of draft.fetching) watchFetch(draft, place);
  for (const lane of draft.lanes.values())
    if (nowMs >= stallsAt(draft, lane)) endLane(draft, lane.number, stalled(draft.settings.stallTimeoutMs));
}

function wakeImage(draft: Draft, image: number): void {
  if (!imageOf(draft, image).isLookedUp) lookUp(draft, image);
  else setImage(draft, image, { phase: 'waiting' });
  draft.mayStart = true;
}

function watchFetch(draft: Draft, place: number): void {
  const blob = blobOf(draft, place);
  const { settings, nowMs } = draft;
  if (nowMs - blob.arrivedAtMs >= settings.stallTimeoutMs) {
    stopFetch(draft, place);
    failFetch(draft, place, { failure: stalled(settings.stallTimeoutMs), waitMs: null, isGone: false });
    return;
  }
  const ms = nowMs - blob.measuredAtMs;
  if (ms < trickleWait(draft)) return;
  if (trickles(draft, blob, ms) && blob.trickles < settings.retries) {
    stopFetch(draft, place);
    setBlob(draft, place, { trickles: blob.trickles + 1 });
  } else setBlob(draft, place, { measuredAtMs: nowMs, measuredFrom: blob.received });
}

function trickleWait({ settings }: Draft): number {
  return Math.max(trickleMs, settings.stallTimeoutMs);
}

/** Far less comes than its host has given. What goes through memory waits for its podman. */
function trickles(draft: Draft, blob: BlobState, ms: number): boolean {
  const rate = ((blob.received - blob.measuredFrom) / ms) * 1000;
  const { bestRate } = hostState(draft, hostOf(draft, blob));
  return blob.isKept && rate < trickleRate && rate < trickleShare * bestRate;
}

/** While one podman unpacks, or pulls an artifact, others may have to wait for the lock of the store. */
function stallsAt(draft: Draft, lane: LaneState): number {
  if (lane.ending !== null || isOwed(draft, lane)) return Number.POSITIVE_INFINITY;
  for (const other of draft.lanes.values())
    if (isAlone(draft, other) && !isAlone(draft, lane)) return Number.POSITIVE_INFINITY;
  return Math.max(lane.movedAtMs, draft.unpackedAtMs) + draft.settings.stallTimeoutMs;
}

function isAlone(draft: Draft, lane: LaneState): boolean {
  const image = currentOf(lane);
  return image !== undefined && imageOf(draft, image).need?.isAlone === true;
}

/** Asks to be told of the next time that matters, where that was not asked for yet. */
export function askForTime(draft: Draft): void {
  const atMs = nextTime(draft);
  if (atMs === Number.POSITIVE_INFINITY) return;
  if (draft.wakeAtMs > draft.nowMs && draft.wakeAtMs <= atMs) return;
  draft.wakeAtMs = atMs;
  draft.actions.push({ kind: 'wake', atMs });
}

function nextTime(draft: Draft): number {
  const { nowMs, settings } = draft;
  let next = Number.POSITIVE_INFINITY;
  const consider = (atMs: number) => {
    if (atMs > nowMs && atMs < next) next = atMs;
  };
  for (const image of draft.restingImages) consider(imageOf(draft, image).restUntilMs);
  for (const place of draft.restingBlobs) consider(blobOf(draft, place).restUntilMs);
  for (const { pausedUntilMs } of draft.hosts.values()) consider(pausedUntilMs);
  for (const place of draft.fetching) {
    const { arrivedAtMs, measuredAtMs } = blobOf(draft, place);
    consider(arrivedAtMs + settings.stallTimeoutMs);
    consider(measuredAtMs + trickleWait(draft));
  }
  for (const lane of draft.lanes.values()) {
    consider(lane.busyAtMs + busyMs);
    consider(lane.busyAtMs + patienceMs);
    consider(stallsAt(draft, lane));
  }
  return next;
}
