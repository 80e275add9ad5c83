import type { EngineAction, ImageNeed, Moment } from './model.js';
import type { BlobState, EngineState, HostState, ImageState, LaneState } from './state.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A state in the making: what is changed is copied, once a step. */
export interface Draft extends Writable<EngineState> {
  readonly nowMs: number;
  readonly random: number;
  readonly actions: EngineAction[];
  /** Something has happened that may let a podman start or end. */
  mayStart: boolean;
  /** Images whose next blob has no room: they get on only with a podman. */
  readonly cramped: Set<number>;
  /** The parts of the state that are copies already. */
  readonly own: Set<keyof EngineState>;
}

export function draftOf(state: EngineState, { nowMs, random }: Moment): Draft {
  const draft = stateOf(state) as Draft;
  return Object.assign(draft, {
    nowMs,
    random,
    actions: [],
    mayStart: false,
    cramped: new Set<number>(),
    own: new Set<keyof EngineState>(),
  });
}

/** The state that a draft has become. Name by name: a spread of so many costs more than all that a step decides. */
export function stateOf(from: EngineState): EngineState {
  return {
    settings: from.settings,
    images: from.images,
    imageAt: from.imageAt,
    blobs: from.blobs,
    blobAt: from.blobAt,
    lanes: from.lanes,
    hosts: from.hosts,
    order: from.order,
    queues: from.queues,
    fetching: from.fetching,
    asked: from.asked,
    restingBlobs: from.restingBlobs,
    restingImages: from.restingImages,
    heldBytes: from.heldBytes,
    nextLane: from.nextLane,
    left: from.left,
    halt: from.halt,
    wakeAtMs: from.wakeAtMs,
    unpackedAtMs: from.unpackedAtMs,
  };
}

export function imageOf({ images }: Pick<EngineState, 'images'>, place: number): ImageState {
  return images[place] as ImageState;
}

export function blobOf({ blobs }: Pick<EngineState, 'blobs'>, place: number): BlobState {
  return blobs[place >> partBits]?.[place & partMask] as BlobState;
}

const partBits = 5;
const partMask = (1 << partBits) - 1;

function putBlob(draft: Draft, place: number, blob: BlobState): void {
  const parts = ownList(draft, 'blobs');
  const part = parts[place >> partBits]?.slice() ?? [];
  part[place & partMask] = blob;
  parts[place >> partBits] = part;
}

/** @returns its place */
export function addBlob(draft: Draft, blob: BlobState): number {
  const place = draft.blobAt.size;
  putBlob(draft, place, blob);
  ownMap(draft, 'blobAt').set(blob.digest, place);
  return place;
}

export function setImage(draft: Draft, place: number, change: Partial<ImageState>): void {
  const before = imageOf(draft, place);
  const images = ownList(draft, 'images');
  images[place] = { ...before, ...change };
  if (change.phase === undefined || change.phase === before.phase) return;
  if (change.phase === 'resting') ownSet(draft, 'restingImages').add(place);
  else if (before.phase === 'resting') ownSet(draft, 'restingImages').delete(place);
}

/** Changes a blob and all that is counted of it. */
export function setBlob(draft: Draft, place: number, change: Partial<BlobState>): void {
  const before = blobOf(draft, place);
  const changed = { ...before, ...change };
  const held = heldOf(changed);
  putBlob(draft, place, held === before.held ? changed : { ...changed, held });
  draft.heldBytes += held - before.held;
  if (changed.phase !== before.phase) {
    mark(draft, 'fetching', place, changed.phase === 'fetching');
    mark(draft, 'restingBlobs', place, changed.phase === 'resting');
    if (changed.phase === 'wanted') rewind(draft, hostOf(draft, changed));
  }
  mark(draft, 'asked', place, changed.isAsked && changed.phase === 'wanted');
}

/** What a blob takes of the room. */
function heldOf({ phase, isKept, size, received }: BlobState): number {
  if (!isKept || phase === 'committed' || phase === 'given') return 0;
  return phase === 'fetching' ? Math.max(size ?? 0, received) : received;
}

export function setLane(draft: Draft, number: number, change: Partial<LaneState>): void {
  const lane = draft.lanes.get(number);
  if (lane !== undefined) lanesOf(draft).set(number, { ...lane, ...change });
}

/** The lanes, to be written to. */
export function lanesOf(draft: Draft): Map<number, LaneState> {
  return ownMap(draft, 'lanes');
}

const newHost: HostState = {
  isSilent: false,
  pausedUntilMs: 0,
  bestRate: 0,
  measuredAtMs: 0,
  measuredBytes: 0,
};

export function hostState({ hosts }: Pick<EngineState, 'hosts'>, name: string): HostState {
  return hosts.get(name) ?? newHost;
}

export function setHost(draft: Draft, name: string, change: Partial<HostState>): void {
  ownMap(draft, 'hosts').set(name, { ...hostState(draft, name), ...change });
}

/** The name of the host that a blob is fetched from. */
export function hostOf(state: Pick<EngineState, 'images'>, { image, source }: BlobState): string {
  return sourcesOf(imageOf(state, image).need)[source] ?? '';
}

export function sourcesOf(need: ImageNeed | null): readonly string[] {
  return need?.sources ?? [];
}

/** Something before the place up to which a queue was done is to be fetched after all. */
function rewind(draft: Draft, host: string): void {
  const queue = draft.queues?.get(host);
  if (queue !== undefined && queue.from > 0) setQueueFrom(draft, host, 0);
}

export function setQueueFrom(draft: Draft, host: string, from: number): void {
  const queue = draft.queues?.get(host);
  if (draft.queues === null || queue === undefined) return;
  ownMap(draft as Draft & { queues: NonNullable<Draft['queues']> }, 'queues').set(host, { ...queue, from });
}

/** Nothing is known any more of the order of what is to be fetched. */
export function forgetQueues(draft: Draft): void {
  draft.queues = null;
  draft.own.delete('queues');
}

export function retry(draft: Draft, image: number, failure: ImageFailure, waitMs: number): void {
  const { key, retries } = imageOf(draft, image);
  setImage(draft, image, { retries: retries + 1 });
  draft.actions.push({ kind: 'retry', image: key, attempt: retries + 1, waitMs, failure });
}

type ImageFailure = Extract<EngineAction, { kind: 'retry' }>['failure'];

type Lists = 'images' | 'blobs';
type Sets = 'fetching' | 'asked' | 'restingBlobs' | 'restingImages';
type Maps = 'lanes' | 'hosts' | 'queues' | 'blobAt';

/** A list of the state, to be written to. */
function ownList<K extends Lists>(draft: Draft, name: K): Draft[K][number][] {
  if (!draft.own.has(name)) {
    draft.own.add(name);
    (draft as Record<Lists, readonly unknown[]>)[name] = draft[name].slice();
  }
  return draft[name] as Draft[K][number][];
}

function mark(draft: Draft, name: Sets, place: number, isIn: boolean): void {
  if (draft[name].has(place) === isIn) return;
  if (isIn) ownSet(draft, name).add(place);
  else ownSet(draft, name).delete(place);
}

function ownSet(draft: Draft, name: Sets): Set<number> {
  if (!draft.own.has(name)) {
    draft.own.add(name);
    draft[name] = new Set(draft[name]);
  }
  return draft[name] as Set<number>;
}

type MapOf<K extends Maps> =
  NonNullable<EngineState[K]> extends ReadonlyMap<infer Key, infer Value> ? Map<Key, Value> : never;

/** A map of the state, to be written to. */
function ownMap<K extends Maps>(draft: Draft, name: K): MapOf<K> {
  if (!draft.own.has(name)) {
    draft.own.add(name);
    (draft as Record<Maps, unknown>)[name] = new Map(draft[name] as ReadonlyMap<unknown, unknown>);
  }
  return draft[name] as unknown as MapOf<K>;
}
