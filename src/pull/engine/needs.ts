import { addBlob, blobOf, type Draft, forgetQueues, imageOf, setBlob, setImage } from './draft.js';
import { drop, isNeeded } from './failures.js';
import type { BlobNeed, ImageNeed } from './model.js';
import type { BlobState } from './state.js';

/** What an image needs is known, or known anew. */
export function takeNeed(draft: Draft, image: number, need: ImageNeed): void {
  const before = imageOf(draft, image).blobs;
  for (const place of before) {
    const images = blobOf(draft, place).images.filter((each) => each !== image);
    setBlob(draft, place, { images });
  }
  const places = new Set((need.blobs ?? []).map((blob) => placeOf(draft, blob, image)));
  setImage(draft, image, { need, blobs: [...places], known: places.size });
  for (const place of places) {
    const blob = blobOf(draft, place);
    if (!blob.images.includes(image)) setBlob(draft, place, { images: [...blob.images, image] });
    // It may be to be had now.
    if (blob.phase === 'failed')
      setBlob(draft, place, { phase: 'wanted', ...untried, image, source: 0, isAsked: false });
  }
  for (const place of before) if (!isNeeded(draft, place)) drop(draft, place);
  draft.order = null;
  forgetQueues(draft);
  draft.mayStart = true;
}

/** Nothing was asked for it yet. */
export const untried = { failures: 0, failedAt: 0, trickles: 0, tried: new Set<string>(), words: new Map() };

/** The place of a blob, which is new, or has been needed by others. */
export function placeOf(draft: Draft, { digest, size, isPartial }: BlobNeed, image: number): number {
  const known = draft.blobAt.get(digest);
  if (known !== undefined) {
    const blob = blobOf(draft, known);
    // Whoever cannot take it in parts needs all of it.
    if (blob.isPartial && !isPartial) setBlob(draft, known, { isPartial });
    if (blob.size === null && size !== null) setBlob(draft, known, { size });
    return known;
  }
  const blob: BlobState = {
    digest,
    size,
    isPartial,
    images: [image],
    phase: 'wanted',
    isAsked: false,
    isKept: true,
    held: 0,
    received: 0,
    image,
    source: 0,
    ...untried,
    restUntilMs: 0,
    arrivedAtMs: 0,
    measuredAtMs: 0,
    measuredFrom: 0,
  };
  return addBlob(draft, blob);
}
