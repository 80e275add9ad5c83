import { findImage, type StoreImage } from '../podman/store-images.js';
import type { Reference } from '../reference/reference.js';
import type { PulledImage } from '../state/pulled-images.js';

/** An image that was pulled by this tool, and what is to happen to it. */
export interface Prunable {
  readonly id: string;
  /** Its names that are ours. */
  readonly names: readonly string[];
  /** In bytes, with the layers that it shares with others. */
  readonly size: number | null;
  /**
   * `remove`: nothing wants it. `untag`: somebody gave it another name; it only loses ours. The others keep it:
   * `bound` by a deployment, `used` by a container.
   */
  readonly action: 'remove' | 'untag' | 'bound' | 'used';
}

/**
 * What has become of the images that were pulled by this tool; those that are not in the store any more are left
 * out. Images are compared by ID: one that is bound under another name than it was pulled by stays, too.
 */
export function prunable(
  pulled: readonly PulledImage[],
  stored: readonly StoreImage[],
  bound: readonly Reference[],
  used: ReadonlySet<string>,
): readonly Prunable[] {
  const boundIds = new Set(bound.flatMap((reference) => findImage(stored, reference)?.id ?? []));
  return stored.flatMap(({ id, names, repoDigests, size }): readonly Prunable[] => {
    const recorded = pulled.filter((image) => image.id === id).map(({ name }) => name);
    if (recorded.length === 0) return [];
    const ours = [...names, ...repoDigests].filter((name) => recorded.includes(name));
    const foreign = names.filter((name) => !recorded.includes(name));
    const action = boundIds.has(id)
      ? 'bound'
      : used.has(id)
        ? 'used'
        : foreign.length > 0
          ? 'untag'
          : 'remove';
    return [{ id, names: ours.length === 0 ? recorded : ours, size, action }];
  });
}
