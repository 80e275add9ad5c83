import type { ResolvedImage } from '../resolve/resolve.js';
import type { Podman } from './podman.js';
import type { StoreImage } from './store-images.js';

/** What a store holds at one moment. */
export interface StoreContent {
  readonly images: readonly StoreImage[];
  /** Digests of the bound artifacts that are there. */
  readonly artifacts: ReadonlyMap<ResolvedImage, string>;
}

/** Asks podman for all images, and for each artifact among `bound`. @throws BoundImagesError `store`. */
export async function readStoreContent(
  podman: Podman,
  bound: readonly ResolvedImage[],
  signal: AbortSignal,
): Promise<StoreContent> {
  const artifacts = new Map<ResolvedImage, string>();
  for (const resolved of bound) {
    if (resolved.image.kind !== 'artifact') continue;
    const digest = await podman.artifact(resolved.image.reference, signal);
    if (digest !== undefined) artifacts.set(resolved, digest);
  }
  return { images: await podman.images(signal), artifacts };
}
