import { blobOf, type Draft, imageOf } from './draft.js';
import { currentOf } from './lane-events.js';
import { busyMs } from './limits.js';
import { isBig } from './order.js';
import type { EngineState, LaneState } from './state.js';

/** How much of an image is here: `all`, `some`, or `none` of what is to be fetched before podman asks. */
export function arrivedOf(draft: Draft, image: number): 'all' | 'some' | 'none' {
  let isAll = true;
  let isSome = false;
  for (const place of imageOf(draft, image).blobs) {
    const { phase, received, isPartial, isAsked } = blobOf(draft, place);
    if (phase === 'committed') continue;
    if (phase === 'here' || received > 0) isSome = true;
    if (phase !== 'here' && (!isPartial || isAsked)) isAll = false;
  }
  if (isAll) return 'all';
  return isSome ? 'some' : 'none';
}

/** Whether a podman waits for bytes of its image that we are to bring. */
export function isOwed(draft: Draft, lane: LaneState): boolean {
  const image = currentOf(lane);
  if (image === undefined || imageOf(draft, image).doom !== null) return false;
  return imageOf(draft, image).blobs.some((place) => {
    const { phase, isAsked } = blobOf(draft, place);
    return phase === 'fetching' || phase === 'resting' || (phase === 'wanted' && isAsked);
  });
}

/** A podman that has had nothing to do for a while, for want of bytes: another one may work instead. */
export function isStarving(draft: Draft, lane: LaneState): boolean {
  return draft.nowMs - lane.busyAtMs >= busyMs && mayStarve(draft, lane);
}

export function mayStarve(draft: Draft, lane: LaneState): boolean {
  const image = currentOf(lane);
  if (image === undefined) return false;
  const { need, doom } = imageOf(draft, image);
  if (doom !== null) return false;
  // What podman fetches by itself is not seen.
  if (need?.way !== 'relay' || need.blobs === null || hasParts(draft, image)) return true;
  return arrivedOf(draft, image) !== 'all';
}

/** It has blobs of which podman fetches parts. */
function hasParts(draft: Draft, image: number): boolean {
  return imageOf(draft, image).blobs.some((place) => {
    const { isPartial, isAsked, phase } = blobOf(draft, place);
    return isPartial && !isAsked && phase === 'wanted';
  });
}

/** Who fetches which big blob: an image that needs one waits until it is in the store. */
export type Holders = Map<number, number>;

export function holdersOf(draft: EngineState): Holders {
  const holders: Holders = new Map();
  for (const lane of draft.lanes.values())
    for (const image of lane.images.slice(lane.at)) hold(draft, holders, image);
  return holders;
}

export function hold(draft: EngineState, holders: Holders, image: number): void {
  if (imageOf(draft, image).phase === 'done') return;
  for (const place of imageOf(draft, image).blobs)
    if (isInTheWay(draft, place) && !holders.has(place)) holders.set(place, image);
}

/** The image for whose blobs this one waits. */
export function blockerOf(draft: EngineState, holders: Holders, image: number): number | undefined {
  if (holders.size === 0) return undefined;
  for (const place of imageOf(draft, image).blobs) {
    const holder = holders.get(place);
    if (holder !== undefined && isInTheWay(draft, place)) return holder;
  }
  return undefined;
}

function isInTheWay(draft: EngineState, place: number): boolean {
  const blob = blobOf(draft, place);
  return blob.phase !== 'committed' && blob.phase !== 'failed' && isBig(blob);
}
