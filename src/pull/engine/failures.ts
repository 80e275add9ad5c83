import { backoffMs } from '../../model/backoff.js';
import { type Failure, type FailureCode, isTransient } from '../../model/failure.js';
import { retriesFor } from '../backoff.js';
import {
  blobOf,
  type Draft,
  forgetQueues,
  hostState,
  imageOf,
  lanesOf,
  retry,
  setBlob,
  setHost,
  setImage,
  setLane,
} from './draft.js';
import { nextSource, stopFetch } from './fetches.js';
import type { Doom, Halt } from './state.js';

/** What it looks like when a registry does not answer, unlike one that answers with an error. */
const silence: ReadonlySet<FailureCode> = new Set(['connection', 'dns', 'stalled', 'timeout']);

/** A connection that breaks while something comes is a fault that passes. */
export function isSilence({ code }: Failure, hasReceived: boolean): boolean {
  return silence.has(code) && !(code === 'connection' && hasReceived);
}

export interface Attempts {
  /** This one included. */
  readonly failed: number;
  readonly failure: Failure;
  /** Whose host it is; undefined where nobody knows. */
  readonly host: string | undefined;
  readonly hasReceived: boolean;
}

/**
 * Whether another attempt follows. What one image had to wait for in vain, the others of its host do not wait for again
 * and again.
 */
export function isTriedAgain(draft: Draft, { failed, failure, host, hasReceived }: Attempts): boolean {
  if (!isTransient(failure)) return false;
  const isQuiet = host !== undefined && isSilence(failure, hasReceived);
  const isHopeless = isQuiet && hostState(draft, host).isSilent;
  if (!isHopeless && failed <= retriesFor(failure.code, draft.settings.retries)) return true;
  if (isQuiet) setHost(draft, host, { isSilent: true });
  return false;
}

/** An image is done with. */
export function finish(draft: Draft, image: number, failure: Failure | null): void {
  const { phase, key, blobs, known } = imageOf(draft, image);
  if (phase === 'done') return;
  setImage(draft, image, { phase: 'done', lane: null, doom: null });
  draft.left -= 1;
  draft.mayStart = true;
  draft.actions.push({ kind: 'finish', image: key, failure });
  for (const [index, place] of blobs.entries()) {
    if (failure === null && index < known) commit(draft, place);
    else if (!isNeeded(draft, place)) drop(draft, place);
    else loseSource(draft, place, image);
  }
  // Another of those who need a blob has to name its source.
  if (failure !== null) forgetQueues(draft);
}

/** A blob that was to come from where an image is that is done: the others may have no source that has not failed. */
function loseSource(draft: Draft, place: number, image: number): void {
  const blob = blobOf(draft, place);
  const last = [...blob.words.values()].at(-1);
  if (blob.image !== image || last === undefined || (blob.phase !== 'wanted' && blob.phase !== 'resting'))
    return;
  const next = nextSource(draft, blob);
  if (next === undefined) failBlob(draft, place, last);
}

export function isNeeded(draft: Draft, place: number): boolean {
  return blobOf(draft, place).images.some((image) => imageOf(draft, image).phase !== 'done');
}

/** Nobody waits for a blob any more. */
export function drop(draft: Draft, place: number): void {
  stopFetch(draft, place);
  const { phase } = blobOf(draft, place);
  setBlob(draft, place, { isAsked: false, ...(phase === 'resting' ? { phase: 'wanted' } : {}) });
}

/** A blob is in the store. */
export function commit(draft: Draft, place: number): void {
  if (blobOf(draft, place).phase === 'committed') return;
  stopFetch(draft, place);
  setBlob(draft, place, { phase: 'committed', isAsked: false });
  draft.mayStart = true;
}

/** It is tried again, after a while. */
export function rest(draft: Draft, image: number, failed: number, failure: Failure): void {
  const waitMs = backoffMs(failed, failure.code, draft.random);
  setImage(draft, image, { phase: 'resting', lane: null, restUntilMs: draft.nowMs + waitMs });
  retry(draft, image, failure, waitMs);
}

/** A blob cannot be had: those who need it fail, once their podman has heard of it. */
export function failBlob(draft: Draft, place: number, last: Doom): void {
  const { digest, images, words } = blobOf(draft, place);
  setBlob(draft, place, { phase: 'failed', isAsked: false });
  draft.actions.push({ kind: 'refuse', digest });
  // Of an image that was guessed to need it, podman will say.
  const known = images.filter(
    (image) => imageOf(draft, image).blobs.indexOf(place) < imageOf(draft, image).known,
  );
  for (const image of known) doom(draft, image, words.get(image) ?? last);
}

function doom(draft: Draft, image: number, doom: Doom): void {
  const { phase, lane, doom: before, isLookedUp } = imageOf(draft, image);
  if (phase === 'done' || before !== null || !isLookedUp) return;
  setImage(draft, image, { doom });
  // Its podman is refused now, and has to be given time to go on.
  if (lane === null) meetDoom(draft, image);
  else setLane(draft, lane, { movedAtMs: draft.nowMs });
  draft.mayStart = true;
}

/** No podman works on an image of which a blob cannot be had: it has failed, or is looked up once more. */
export function meetDoom(draft: Draft, image: number): void {
  const { doom, wasLookedUpAgain } = imageOf(draft, image);
  if (doom === null) return;
  if (!doom.isGone || wasLookedUpAgain) {
    finish(draft, image, doom.failure);
    return;
  }
  setImage(draft, image, { doom: null, lane: null, isLookedUp: false, wasLookedUpAgain: true });
  lookUp(draft, image);
}

export function lookUp(draft: Draft, image: number): void {
  setImage(draft, image, { phase: 'looking-up' });
  draft.actions.push({ kind: 'look-up', image: imageOf(draft, image).key });
}

/** A fault of this machine: no other pull would come to its end. */
export function haltFor(draft: Draft, image: number | null, failure: Failure): void {
  const message = `stopped, because another pull failed: ${failure.message}`;
  halt(draft, { image, failure, others: { ...failure, message } });
}

/** Ends everything. Images in a lane are finished when that has ended: they may still come to their end. */
export function halt(draft: Draft, reason: Halt): void {
  if (draft.halt !== null) return;
  draft.halt = reason;
  for (const place of [...draft.fetching]) stopFetch(draft, place);
  for (const lane of draft.lanes.keys()) endLane(draft, lane, null);
  for (const [image, { phase }] of draft.images.entries())
    if (phase !== 'running') finish(draft, image, haltedBy(reason, image));
}

export function haltedBy({ image, failure, others }: Halt, place: number): Failure {
  return place === image ? failure : others;
}

/** @param failure what its image has failed of; null where others are to go first, or nothing is to go on. */
export function endLane(draft: Draft, number: number, failure: Failure | null): void {
  const lane = draft.lanes.get(number);
  if (lane === undefined || lane.ending !== null) return;
  lanesOf(draft).set(number, { ...lane, ending: { failure } });
  draft.actions.push({ kind: 'end-lane', lane: number });
}

export function stalled(limitMs: number): Failure {
  const message = `nothing came for ${Math.round(limitMs / 1000)} s`;
  const hint = 'the registry or the network does not answer; if it is only slow, allow more time';
  return { code: 'stalled', kind: 'transient', message, hint, reason: { kind: 'stalled' } };
}
