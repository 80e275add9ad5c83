import { type Draft, hostState, imageOf, lanesOf, setImage, sourcesOf } from './draft.js';
import { endLane } from './failures.js';
import { currentOf } from './lane-events.js';
import { listShare, mostAhead, patienceMs } from './limits.js';
import { arrivedOf, blockerOf, type Holders, hold, holdersOf, isStarving, mayStarve } from './ready.js';
import type { ImageState, LaneState } from './state.js';

/** Starts podmans while some are free that could work, and ends those that only wait while others could work. */
export function startLanes(draft: Draft): void {
  for (const lane of draft.lanes.values()) if (holdsBack(draft, lane)) endLane(draft, lane.number, null);
  const { lanes, mostLanes } = draft.settings;
  const running = [...draft.lanes.values()].filter(({ ending }) => ending === null);
  const starving = running.filter((lane) => isStarving(draft, lane));
  let busy = running.length - starving.length;
  if (busy >= lanes) return;
  const holders = holdersOf(draft);
  while (busy < lanes && draft.lanes.size < mostLanes) {
    const next = pick(draft, holders);
    if (next === undefined) return;
    const list = next.isSingle ? [next.image] : listFor(draft, holders, next.image);
    startLane(draft, list);
    for (const image of list) hold(draft, holders, image);
    busy += 1;
  }
  // Whoever waits in vain makes room, one at a time.
  if (busy >= lanes || running.length < draft.lanes.size) return;
  const longest = starving.sort((one, other) => one.busyAtMs - other.busyAtMs)[0];
  if (longest !== undefined && anyComplete(draft, holders)) endLane(draft, longest.number, null);
}

interface Pick {
  readonly image: number;
  readonly isSingle: boolean;
}

/** What the next podman pulls first. */
function pick(draft: Draft, holders: Holders): Pick | undefined {
  const found: {
    ready?: Pick;
    direct?: Pick;
    unknown?: Pick;
    starved?: Pick;
    cramped?: Pick;
    last?: Pick;
    alone?: Pick;
  } = {};
  let hasOthers = false;
  const running = directGroups(draft);
  for (const image of draft.order ?? []) {
    const state = imageOf(draft, image);
    if (state.phase === 'waiting' && isListed(state) && !state.hasStarved) hasOthers = true;
    if (state.phase !== 'waiting' || blockerOf(draft, holders, image) !== undefined) continue;
    const isSingle = !isListed(state);
    if (state.need?.isAlone) found.alone ??= { image, isSingle: true };
    else found.last ??= { image, isSingle: true };
    if (state.need?.way === 'direct') {
      if (!running.has(state.need.group)) found.direct ??= { image, isSingle: true };
    } else if (state.need?.blobs === null && !state.need.isAlone) found.unknown ??= { image, isSingle: true };
    else if (state.need?.blobs !== null) {
      const arrived = arrivedOf(draft, image);
      if (arrived === 'all') found.ready ??= { image, isSingle };
      else if (state.need?.isAlone) continue;
      else if (state.hasStarved) found.starved ??= { image, isSingle: true };
      else if (arrived === 'some') found.ready ??= { image, isSingle };
      else if (draft.cramped.has(image)) found.cramped ??= { image, isSingle: true };
    }
    if (found.ready !== undefined && found.direct !== undefined) break;
  }
  const { lanes, settings } = draft;
  const hasDirect = running.size > 0;
  const { ready, direct, unknown, starved, cramped, last, alone } = found;
  const first = hasDirect ? (ready ?? direct) : (direct ?? ready);
  const keepsOne = hasOthers && lanes.size + 1 >= settings.mostLanes && settings.mostLanes > 1;
  // Those that may wait for long leave one to the others.
  const slow = keepsOne ? undefined : (unknown ?? cramped ?? starved);
  if (first !== undefined && !(first === direct && keepsOne)) return first;
  if (ready !== undefined) return ready;
  if (slow !== undefined) return slow;
  // Of a registry that wants a pause, the rest comes after it.
  const isPaused = [...draft.hosts.values()].some(({ pausedUntilMs }) => pausedUntilMs > draft.nowMs);
  const isIdle = !isPaused && lanes.size === 0 && draft.fetching.size === 0 && draft.restingBlobs.size === 0;
  return isIdle ? (last ?? alone) : undefined;
}

/** The groups of the images that a podman pulls by itself now. */
function directGroups(draft: Draft): ReadonlySet<string> {
  const needs = [...draft.lanes.values()].map((lane) => draft.images[currentOf(lane) ?? -1]?.need);
  return new Set(needs.flatMap((need) => (need?.way === 'direct' ? need.group : [])));
}

/** It may share a podman. */
function isListed({ need, isApart }: ImageState): boolean {
  return need?.way === 'relay' && need.blobs !== null && !need.isAlone && !isApart;
}

/**
 * The images that a podman pulls after the first: of the same family, then of the same host, as their bytes come one
 * after the other, then others that are here.
 */
function listFor(draft: Draft, holders: Holders, first: number): readonly number[] {
  const { group, sources } = imageOf(draft, first).need ?? {};
  const host = sources?.[0] ?? '';
  const waiting = (draft.order ?? []).filter((image) => {
    const state = imageOf(draft, image);
    return state.phase === 'waiting' && isListed(state) && state.need?.group === group;
  });
  const { lanes } = draft.settings;
  const most = lanes === 1 ? waiting.length : Math.ceil((listShare * waiting.length) / lanes);
  const blobs = new Set(imageOf(draft, first).blobs);
  const list = new Set([first]);
  const isFree = (image: number) => blockerOf(draft, holders, image) === undefined;
  const isHere = (image: number) => arrivedOf(draft, image) === 'all';
  const comesNext = (image: number) => {
    const { need, hasStarved } = imageOf(draft, image);
    return sourcesOf(need)[0] === host && !hasStarved && !hostState(draft, host).isSilent;
  };
  const isRelated = (image: number) => imageOf(draft, image).blobs.some((place) => blobs.has(place));
  const rounds = [(image: number) => isRelated(image) && comesNext(image), comesNext, isHere];
  let ahead = lanes === 1 ? Number.POSITIVE_INFINITY : mostAhead;
  for (const isWanted of rounds)
    for (const image of waiting) {
      if (list.size >= most) return [...list];
      if (list.has(image) || !isWanted(image) || !isFree(image)) continue;
      const isComplete = isHere(image);
      if (!isComplete && ahead <= 1) continue;
      if (!isComplete) ahead -= 1;
      list.add(image);
    }
  return [...list];
}

function startLane(draft: Draft, images: readonly number[]): void {
  const { nowMs, nextLane: number } = draft;
  draft.nextLane += 1;
  lanesOf(draft).set(number, {
    number,
    images,
    at: 0,
    pulled: new Set(),
    startedAtMs: nowMs,
    movedAtMs: nowMs,
    arrivedAtMs: Number.NEGATIVE_INFINITY,
    busyAtMs: nowMs,
    measuredAtMs: nowMs,
    measuredBytes: 0,
    ending: null,
  });
  for (const image of images) setImage(draft, image, { phase: 'running', lane: number });
  const keys = images.map((image) => imageOf(draft, image).key);
  draft.actions.push({ kind: 'start-lane', lane: number, images: keys });
}

/** It has waited for long while images behind are here. */
function holdsBack(draft: Draft, lane: LaneState): boolean {
  if (lane.ending !== null || draft.nowMs - lane.busyAtMs < patienceMs || !mayStarve(draft, lane))
    return false;
  return lane.images.slice(lane.at + 1).some((image) => isCompleteIn(draft, image));
}

function isCompleteIn(draft: Draft, image: number): boolean {
  return imageOf(draft, image).doom === null && arrivedOf(draft, image) === 'all';
}

function anyComplete(draft: Draft, holders: Holders): boolean {
  return (draft.order ?? []).some((image) => {
    const { phase, need } = imageOf(draft, image);
    if (phase !== 'waiting' || need?.way !== 'relay' || need.blobs === null) return false;
    return arrivedOf(draft, image) === 'all' && blockerOf(draft, holders, image) === undefined;
  });
}
