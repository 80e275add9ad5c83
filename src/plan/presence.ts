import type { StoreContent } from '../podman/store-content.js';
import { findImage, storedDigests } from '../podman/store-images.js';
import type { ResolvedImage } from '../resolve/resolve.js';

/** Whether the store has a bound image, without a question to a registry. */
export interface Presence {
  readonly resolved: ResolvedImage;
  readonly isPresent: boolean;
  /** What the store has under the reference, `algorithm:hex`. */
  readonly digest: string | null;
  /** In bytes, unpacked; null where podman does not say. */
  readonly size: number | null;
}

/**
 * Looks for each image under its name and, where one is bound or `recorded` for its reference, with that digest: a
 * tag may mean another image by now than the one that was proved to be there.
 */
export function presenceOf(
  images: readonly ResolvedImage[],
  store: StoreContent,
  recorded: ReadonlyMap<string, string> = new Map(),
): readonly Presence[] {
  return images.map((resolved) => {
    const { kind, reference } = resolved.image;
    const stored = kind === 'artifact' ? undefined : findImage(store.images, reference);
    const artifact = store.artifacts.get(resolved);
    const digests = stored ? storedDigests(stored, reference) : artifact === undefined ? [] : [artifact];
    const bound = reference.transport === 'docker' ? reference.digest : null;
    const wanted = bound ?? recorded.get(reference.text);
    const isThere = stored !== undefined || artifact !== undefined;
    const isPresent = isThere && (wanted === undefined || digests.includes(wanted));
    const digest = wanted !== undefined && digests.includes(wanted) ? wanted : (digests[0] ?? null);
    return { resolved, isPresent, digest, size: stored?.size ?? null };
  });
}
