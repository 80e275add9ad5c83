import { isTransient } from '../../model/failure.js';
import { arrived, asked, committed, fetched, fetchFailed } from './blob-events.js';
import { askForTime, timePassed } from './clock.js';
import { type Draft, draftOf, imageOf, setImage, stateOf } from './draft.js';
import { finish, halt, haltFor, isTriedAgain, lookUp, rest } from './failures.js';
import { beginFetches } from './fetches.js';
import { laneEnded, laneWorks, pulled } from './lane-events.js';
import { startLanes } from './lanes.js';
import type { EngineAction, EngineEvent, EngineImage, EngineSettings, Moment } from './model.js';
import { takeNeed } from './needs.js';
import { blockerOf, holdersOf } from './ready.js';
import type { EngineState, ImageState } from './state.js';

export type { EngineState } from './state.js';

/** A run that has not begun: `started` begins it. */
export function start(images: readonly EngineImage[], settings: EngineSettings): EngineState {
  const empty: EngineState = {
    settings,
    images: images.map(newImage),
    imageAt: new Map(images.map(({ key }, place) => [key, place])),
    blobs: [],
    blobAt: new Map(),
    lanes: new Map(),
    hosts: new Map(),
    order: null,
    queues: null,
    fetching: new Set(),
    asked: new Set(),
    restingBlobs: new Set(),
    restingImages: new Set(),
    heldBytes: 0,
    nextLane: 1,
    left: images.length,
    halt: null,
    wakeAtMs: Number.NEGATIVE_INFINITY,
    unpackedAtMs: Number.NEGATIVE_INFINITY,
  };
  const draft = draftOf(empty, { nowMs: 0, random: 0 });
  for (const [place, { need }] of images.entries()) if (need !== null) takeNeed(draft, place, need);
  return stateOf(draft);
}

function newImage({ key, need }: EngineImage): ImageState {
  return {
    key,
    need,
    blobs: [],
    known: 0,
    phase: 'new',
    lane: null,
    restUntilMs: 0,
    failedPulls: 0,
    failedLookUps: 0,
    retries: 0,
    corruptions: 0,
    unknowns: [],
    doom: null,
    isLookedUp: need !== null,
    wasLookedUpAgain: false,
    isApart: false,
    hasStarved: false,
  };
}

/** What follows from an event. One that concerns nothing of the run any more changes nothing. */
export function step(
  state: EngineState,
  event: EngineEvent,
  moment: Moment,
): { readonly state: EngineState; readonly actions: readonly EngineAction[] } {
  const draft = draftOf(state, moment);
  if (draft.halt === null) take(draft, event);
  else takeLast(draft, event);
  if (draft.halt === null && draft.images[0]?.phase !== 'new') {
    beginFetches(draft);
    if (draft.mayStart) startLanes(draft);
    askForTime(draft);
  }
  return { state: stateOf(draft), actions: draft.actions };
}

function take(draft: Draft, event: EngineEvent): void {
  switch (event.kind) {
    case 'started':
      begin(draft);
      break;
    case 'asked':
      asked(draft, event);
      break;
    case 'arrived':
      arrived(draft, event);
      break;
    case 'fetched':
      fetched(draft, event);
      break;
    case 'fetch-failed':
      fetchFailed(draft, event);
      break;
    case 'looked-up':
      lookedUp(draft, event);
      break;
    case 'look-up-failed':
      lookUpFailed(draft, event);
      break;
    case 'committed':
      committed(draft, event);
      break;
    case 'pulled':
      pulled(draft, event);
      break;
    case 'lane-ended':
      laneEnded(draft, event);
      break;
    case 'lane-works':
      laneWorks(draft, event);
      break;
    case 'time':
      // Timers are not exact: it may have come too early.
      draft.wakeAtMs = Number.NEGATIVE_INFINITY;
      timePassed(draft);
      draft.mayStart = true;
      break;
    case 'halted': {
      const running = draft.images.findIndex(({ phase }) => phase === 'running');
      if (running === -1) halt(draft, { image: null, failure: event.failure, others: event.failure });
      else haltFor(draft, running, event.failure);
      break;
    }
    case 'stopped':
      halt(draft, { image: null, failure: event.failure, others: event.failure });
  }
}

/** Nothing more is begun, but what was may still come to its end. */
function takeLast(draft: Draft, event: EngineEvent): void {
  if (event.kind === 'pulled') pulled(draft, event);
  if (event.kind === 'lane-ended') laneEnded(draft, event);
}

function begin(draft: Draft): void {
  for (const [place, { phase, isLookedUp }] of draft.images.entries()) {
    if (phase !== 'new') continue;
    if (isLookedUp) setImage(draft, place, { phase: 'waiting' });
    else lookUp(draft, place);
  }
  draft.mayStart = true;
}

function lookedUp(draft: Draft, { image: key, need }: Extract<EngineEvent, { kind: 'looked-up' }>): void {
  const image = draft.imageAt.get(key);
  if (image === undefined || imageOf(draft, image).phase !== 'looking-up') return;
  setImage(draft, image, { phase: 'waiting', isLookedUp: true });
  takeNeed(draft, image, need);
}

function lookUpFailed(
  draft: Draft,
  { image: key, failure }: Extract<EngineEvent, { kind: 'look-up-failed' }>,
): void {
  const image = draft.imageAt.get(key);
  if (image === undefined || imageOf(draft, image).phase !== 'looking-up') return;
  if (failure.kind === 'local') {
    haltFor(draft, image, failure);
    return;
  }
  const failed = imageOf(draft, image).failedLookUps + 1;
  setImage(draft, image, { failedLookUps: failed });
  const attempts = { failed, failure, host: undefined, hasReceived: false };
  if (isTransient(failure) && isTriedAgain(draft, attempts)) rest(draft, image, failed, failure);
  else finish(draft, image, failure);
}

/** All images are finished, and all podmans have ended. */
export function isOver({ left, lanes }: EngineState): boolean {
  return left === 0 && lanes.size === 0;
}

/** What an image waits for: `for` is the key of the one whose layers it needs. */
export type Wait = { readonly for: string } | { readonly for: null; readonly on: 'downloads' | 'podman' };

/** The images that could not start yet. What podman is to fetch by itself waits for a podman, not for bytes. */
export function waiting(state: EngineState): ReadonlyMap<string, Wait> {
  const holders = holdersOf(state);
  const waits = state.images.flatMap(({ phase, key, need }, place): readonly (readonly [string, Wait])[] => {
    if (phase !== 'waiting') return [];
    const blocker = blockerOf(state, holders, place);
    if (blocker !== undefined) return [[key, { for: imageOf(state, blocker).key }]];
    const isRelayed = need?.way === 'relay' && need.blobs !== null;
    return [[key, { for: null, on: isRelayed ? 'downloads' : 'podman' }]];
  });
  return new Map(waits);
}
