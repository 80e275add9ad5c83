import { blobOf, type Draft, hostOf, hostState, imageOf, setBlob, setQueueFrom, sourcesOf } from './draft.js';
import { idleMs, leastWindow, mostFetches, mostWindow, windowMs } from './limits.js';
import { order } from './order.js';
import type { BlobState, EngineState, Queue } from './state.js';

/**
 * Begins what is to be fetched next: of each host by itself, first what podman waits for, then in the order in which
 * images will be finished, the next when little is still to come of those before it.
 */
export function beginFetches(draft: Draft): void {
  draft.order ??= order(draft.images.map(({ need }) => need));
  if (draft.queues === null) {
    draft.queues = queuesOf(draft);
    draft.own.add('queues');
  }
  if (draft.asked.size > 0) beginAsked(draft);
  for (const [host, queue] of draft.queues) beginNext(draft, host, queue);
}

function beginAsked(draft: Draft): void {
  const rank = ranks(draft);
  const places = [...draft.asked].sort((a, b) => rank(a) - rank(b) || a - b);
  for (const place of places) {
    const blob = current(draft, place);
    if (blob === undefined) continue;
    const host = hostOf(draft, blob);
    // What nobody has asked for does not keep it waiting.
    if (!mayBegin(draft, host, true)) continue;
    const isOnItsWay = !blob.isKept && blob.received > 0;
    begin(draft, place, !isOnItsWay && hasRoom(draft, blob));
  }
}

function beginNext(draft: Draft, host: string, { blobs, from }: Queue): void {
  let next = from;
  while (next < blobs.length && mayBegin(draft, host, false)) {
    const place = blobs[next] as number;
    const blob = current(draft, place);
    if (blob?.phase === 'wanted' && !blob.isPartial && !blob.isAsked) {
      if (!hasRoom(draft, blob)) {
        for (const image of blob.images) draft.cramped.add(image);
        break;
      }
      begin(draft, place, true);
    }
    // One that is asked for and still waits must be found again should its podman end.
    next += 1;
  }
  if (next !== from) setQueueFrom(draft, host, next);
}

/** A blob with a source of an image that needs it; undefined where nobody does any more. */
function current(draft: Draft, place: number): BlobState | undefined {
  const blob = blobOf(draft, place);
  if (blob.images.includes(blob.image) && sourcesFor(draft, blob.image)[blob.source] !== undefined)
    return blob;
  const source = nextSource(draft, blob);
  if (source === undefined) return undefined;
  setBlob(draft, place, source);
  return blobOf(draft, place);
}

function begin(draft: Draft, place: number, isKept: boolean): void {
  const { digest, image, source, received } = blobOf(draft, place);
  setBlob(draft, place, {
    phase: 'fetching',
    isKept,
    arrivedAtMs: draft.nowMs,
    measuredAtMs: draft.nowMs,
    measuredFrom: received,
  });
  draft.actions.push({ kind: 'fetch', digest, image: imageOf(draft, image).key, source, isKept });
}

function mayBegin(draft: Draft, host: string, isAsked: boolean): boolean {
  const { isSilent, pausedUntilMs, bestRate } = hostState(draft, host);
  if (pausedUntilMs > draft.nowMs) return false;
  const window = Math.min(mostWindow, Math.max(leastWindow, (bestRate * windowMs) / 1000));
  let count = 0;
  let toCome = 0;
  for (const place of draft.fetching) {
    const blob = blobOf(draft, place);
    if (hostOf(draft, blob) !== host) continue;
    count += 1;
    if ((isAsked && !blob.isAsked) || draft.nowMs - blob.arrivedAtMs >= idleMs) continue;
    toCome += blob.size === null ? window : Math.max(0, blob.size - blob.received);
  }
  // Of one that does not answer, all is asked for once, at the same time.
  return count < mostFetches && (isSilent || toCome < window);
}

function hasRoom({ heldBytes, settings }: EngineState, { size, received, held }: BlobState): boolean {
  if (size === null) return heldBytes < settings.roomBytes;
  return heldBytes - held + Math.max(size, received) <= settings.roomBytes;
}

/** The first source of the images that need a blob which has not failed. */
export function nextSource(
  draft: Draft,
  { images, tried }: BlobState,
): { readonly image: number; readonly source: number } | undefined {
  for (const image of images)
    for (const [source, host] of sourcesFor(draft, image).entries())
      if (!tried.has(host) && !tried.has(`${image}/${source}`)) return { image, source };
  return undefined;
}

/** Where blobs can be fetched for an image. */
function sourcesFor(draft: Draft, image: number): readonly string[] {
  const { phase, need } = imageOf(draft, image);
  return phase === 'done' || need?.way !== 'relay' ? [] : sourcesOf(need);
}

function ranks(draft: Draft): (place: number) => number {
  const rankOf = new Map((draft.order ?? []).map((image, rank) => [image, rank]));
  return (place) => {
    const ranks = blobOf(draft, place)
      .images.filter((image) => imageOf(draft, image).phase !== 'done')
      .map((image) => rankOf.get(image) ?? 0);
    return Math.min(...ranks);
  };
}

function queuesOf(draft: Draft): ReadonlyMap<string, Queue> {
  const queues = new Map<string, number[]>();
  const seen = new Set<number>();
  for (const image of draft.order ?? []) {
    const { phase, blobs } = imageOf(draft, image);
    if (phase === 'done') continue;
    for (const place of blobs) {
      if (seen.has(place)) continue;
      seen.add(place);
      const { phase: blobPhase } = blobOf(draft, place);
      if (blobPhase === 'committed' || blobPhase === 'failed') continue;
      const blob = blobPhase === 'wanted' ? current(draft, place) : blobOf(draft, place);
      if (blob === undefined) continue;
      const host = hostOf(draft, blob);
      const queue = queues.get(host);
      if (queue === undefined) queues.set(host, [place]);
      else queue.push(place);
    }
  }
  return new Map([...queues].map(([host, blobs]) => [host, { blobs, from: 0 }]));
}

/** Stops a fetch that is on its way. */
export function stopFetch(draft: Draft, place: number): void {
  const { digest, phase } = blobOf(draft, place);
  if (phase !== 'fetching') return;
  setBlob(draft, place, { phase: 'wanted' });
  draft.actions.push({ kind: 'stop-fetch', digest });
}
