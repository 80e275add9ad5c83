import type { BoundImage } from '../model/bound-image.js';
import type { StoreImage } from '../model/store.js';
import type { PulledImage } from '../state/pulled-images.js';
import type { ImageNeeds } from '../tools/podman/image-needs.js';
import { imagesPerhaps } from '../tools/podman/store-images.js';

/** An image that was pulled by this tool, and what is to happen to it. */
export interface Prunable {
  readonly id: string;
  /** Names that it has and was pulled by. Empty when they are other images' by now. */
  readonly names: readonly string[];
  /** All names that it was pulled by. */
  readonly pulledAs: readonly string[];
  /** In bytes, with the layers that it shares with others. */
  readonly size: number | null;
  /**
   * `remove`: nothing wants it. `untag`: somebody gave it another name; it only loses ours. The others keep it:
   * `bound` by a deployment, `leased` for an OS image that was prefetched, `used` by a container, a mount, or what stays: an image that is built on it, a list that
   * it is in.
   */
  readonly action: 'remove' | 'untag' | 'bound' | 'leased' | 'used';
}

/** Whether it stays as it is. */
export function isKept({ action }: Pick<Prunable, 'action'>): boolean {
  return action !== 'remove' && action !== 'untag';
}

/** What deployments bind. */
export interface Bound {
  readonly images: readonly Pick<BoundImage, 'reference' | 'options' | 'shortNames'>[];
  /** IDs of the images that were proved to be there for one of them. */
  readonly ids: ReadonlySet<string>;
}

/**
 * What has become of the images that were pulled by this tool; those that are not in the store any more are left
 * out, and those that have nothing but a name of somebody else's. Images are compared by ID: one that is bound
 * under another name than it was pulled by stays, too.
 *
 * @param used IDs of those that something uses
 * @param leased IDs of those that are kept for OS images of which there is no deployment yet
 */
export function prunable(
  pulled: readonly Pick<PulledImage, 'id' | 'name'>[],
  stored: readonly StoreImage[],
  bound: Bound,
  used: ReadonlySet<string>,
  leased: ReadonlySet<string> = new Set(),
): readonly Prunable[] {
  const named = bound.images.flatMap((image) => imagesPerhaps(stored, image));
  const boundIds = new Set([...bound.ids, ...named.map(({ id }) => id)]);
  // podman lists an image once for each of its names.
  const images = [...new Map(stored.map((image) => [image.id, image])).values()];
  return judge(images, pulled, { bound: boundIds, leased, used });
}

/**
 * What stays keeps what it is built on, and a list what is in it. podman tells the parent of an image only where the
 * histories of both agree, so the layers decide, from the bottom up.
 *
 * @param stored IDs of all images
 */
export function keepNeeded(
  found: readonly Prunable[],
  needs: ReadonlyMap<string, ImageNeeds>,
  stored: readonly string[],
): readonly Prunable[] {
  const going = new Set(found.flatMap(({ id, action }) => (action === 'remove' ? id : [])));
  const staying = [...new Set([...needs.keys(), ...stored])].filter((id) => !going.has(id));
  const theirs = staying.flatMap((id) => needs.get(id) ?? []);
  // Nobody knows what it needs.
  const isAnyUnknown = theirs.length < staying.length;
  const members = new Set(theirs.flatMap((image) => image.members));
  const isNeeded = (id: string) => {
    const own = needs.get(id);
    if (own === undefined || isAnyUnknown) return true;
    const { layers } = own;
    const isBelow = (other: ImageNeeds) => layers.every((layer, index) => layer === other.layers[index]);
    return own.manifests.some((digest) => members.has(digest)) || (layers.length > 0 && theirs.some(isBelow));
  };
  return found.map((image) =>
    image.action === 'remove' && isNeeded(image.id) ? { ...image, action: 'used' } : image,
  );
}

function judge(
  images: readonly StoreImage[],
  pulled: readonly Pick<PulledImage, 'id' | 'name'>[],
  { bound, leased, used }: Readonly<Record<'bound' | 'leased' | 'used', ReadonlySet<string>>>,
): readonly Prunable[] {
  return images.flatMap(({ id, names: current, size }): readonly Prunable[] => {
    const pulledAs = pulled.filter((image) => image.id === id).map(({ name }) => name);
    if (pulledAs.length === 0) return [];
    const names = current.filter((name) => pulledAs.includes(name));
    const image = { id, names, pulledAs, size };
    if (bound.has(id)) return [{ ...image, action: 'bound' }];
    if (leased.has(id)) return [{ ...image, action: 'leased' }];
    if (used.has(id)) return [{ ...image, action: 'used' }];
    if (names.length === current.length) return [{ ...image, action: 'remove' }];
    return names.length === 0 ? [] : [{ ...image, action: 'untag' }];
  });
}
