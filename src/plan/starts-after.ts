import type { PlannedImage } from '../model/plan.js';
import { isBig, order } from '../pull/engine/order.js';

/**
 * For each image that is to be pulled, those that come before it with layers that it needs, too: a layer is fetched for
 * the first image that needs it. Where nobody knows the layers of an image, nobody can tell.
 */
export function startsAfter<I extends Pick<PlannedImage, 'layers'>>(
  images: readonly I[],
): ReadonlyMap<I, readonly I[]> {
  const needs = images.map(({ layers }) => ({ blobs: layers?.filter(({ present }) => !present) ?? null }));
  const first = new Map<string, I>();
  const after = new Map<I, readonly I[]>();
  for (const place of order(needs)) {
    const image = images[place];
    if (image === undefined) continue;
    const big = (needs[place]?.blobs ?? []).filter(isBig).map(({ digest }) => digest);
    after.set(image, [...new Set(big.flatMap((digest) => first.get(digest) ?? []))]);
    for (const digest of big) if (!first.has(digest)) first.set(digest, image);
  }
  return after;
}
