import { bigBytes } from './limits.js';
import type { BlobNeed } from './model.js';

/** What of an image decides when it comes. */
export interface Needed {
  readonly blobs: readonly Pick<BlobNeed, 'digest' | 'size'>[] | null;
}

/**
 * Places of images, most urgent first: by the bytes of its blobs that others wait for, counted once for each of them,
 * then by all its bytes. So of a family with one base, the largest leads, and its own layers keep the link busy while
 * podman unpacks the base. Those whose blobs nobody knows come last. Equals keep their order.
 */
export function order(needs: readonly (Needed | null)[]): readonly number[] {
  const holders = new Map<string, number>();
  for (const need of needs)
    for (const blob of need?.blobs ?? [])
      if (isBig(blob)) holders.set(blob.digest, (holders.get(blob.digest) ?? 0) + 1);

  return needs
    .map((need, place) => {
      let awaited = 0;
      let bytes = 0;
      for (const { digest, size } of need?.blobs ?? []) {
        bytes += size ?? 0;
        awaited += (size ?? 0) * ((holders.get(digest) ?? 1) - 1);
      }
      const isUnknown = need === null || need.blobs === null;
      return { place, unknown: Number(isUnknown), awaited, bytes };
    })
    .sort((a, b) => a.unknown - b.unknown || b.awaited - a.awaited || b.bytes - a.bytes)
    .map(({ place }) => place);
}

/** Worth waiting for, where another podman fetches it. */
export function isBig({ size }: Pick<BlobNeed, 'size'>): boolean {
  return size === null || size >= bigBytes;
}
