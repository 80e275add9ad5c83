import type { ResolvedImage } from '../../model/resolved-image.js';
import type { StoreContent, StoreImages } from '../../model/store.js';
import { isStoreBusy } from './busy-store.js';
import type { ContentProver } from './content-prover.js';
import { halfCommittedImage } from './half-committed.js';
import { imageProofs } from './image-proof.js';
import type { Podman } from './podman.js';
import { readStoreFiles, type StoreFiles } from './store-files.js';
import { imagesFor, listedImages } from './store-images.js';

/** How to look at a store. */
export interface Look {
  readonly signal: AbortSignal;
  /** Reads all content of the bound images, too. */
  readonly prover?: ContentProver | undefined;
  /** IDs of images that are bound by another name than the store has. */
  readonly ids?: readonly string[];
}

/** Asks podman for all images, and for each artifact among `bound`. @throws BoundImagesError `store`. */
export async function readStoreContent(
  podman: Podman,
  bound: readonly ResolvedImage[],
  look: Look,
): Promise<StoreContent> {
  const artifacts = await readArtifacts(podman, bound, look.signal);
  return { ...(await readStoreImages(podman, bound, look)), artifacts };
}

/** Digests of the artifacts among `bound` that are there. @throws BoundImagesError `store`. */
export async function readArtifacts(
  podman: Podman,
  bound: readonly ResolvedImage[],
  signal: AbortSignal,
): Promise<StoreContent['artifacts']> {
  const artifacts = new Map<ResolvedImage, string>();
  for (const resolved of bound) {
    if (resolved.image.kind !== 'artifact') continue;
    const digest = await podman.artifact(resolved.image.reference, signal);
    if (digest !== undefined) artifacts.set(resolved, digest);
  }
  return artifacts;
}

/**
 * Asks podman for all images and, at the same time, for where they are; then reads what is to be proved of them. podman
 * lists none at all while the files of one are damaged; then the store's own list is read.
 *
 * @throws BoundImagesError `store`.
 */
export async function readStoreImages(
  podman: Podman,
  bound: readonly ResolvedImage[],
  { signal, prover, ids = [] }: Look,
): Promise<StoreImages & { readonly files: StoreFiles }> {
  const isHalfCommitted = (cause: unknown) => halfCommittedImage(cause) !== undefined;
  const info = podman.info(signal);
  // Should both fail, the first one says why.
  info.catch(() => undefined);
  const listed = await podman.images(signal).catch((cause: unknown) => ({ cause }));
  // What a killed pull has left is known by podman's words, and a store that others change is no damaged one.
  if ('cause' in listed && (signal.aborted || isStoreBusy(listed.cause) || isHalfCommitted(listed.cause)))
    throw listed.cause;
  const where = await info.catch((error: unknown) => {
    throw 'cause' in listed ? listed.cause : error;
  });
  // After the list: what came meanwhile is then in both.
  const files = readStoreFiles(where);
  if ('cause' in listed && files.images.size === 0) throw listed.cause;
  const images = 'cause' in listed ? listedImages(files) : listed;
  const wanted = bound.flatMap(({ image }) => imagesFor(image, images).map(({ id }) => id));
  const content = await prover?.prove(files, [...wanted, ...ids], signal);
  return { images, files, proofOf: imageProofs(files, content, prover?.isDeep) };
}
