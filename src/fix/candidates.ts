import { imageKey } from '../model/image-key.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { RootView } from '../root/root-view.js';
import type { Scanned } from '../scan/scan.js';
import type { UnitSearch } from '../scan/unit/unit.js';
import type { KeepsReference } from './kept-references.js';
import { namedImages } from './named-images.js';
import { type Target, targetFinder, type Untouchable } from './targets.js';

/** A bound image of a registry, and every place of the root that names it. */
export interface Candidate {
  readonly resolved: ResolvedImage;
  readonly places: readonly (Target | Untouchable)[];
  readonly pin: Pin;
}

/**
 * Whether the image is to get the digest of a tag: `wanted`, or `refused` for a reason, or there is `none` to be done.
 * The store then has the image under its digest alone, so that all places must follow, or none.
 */
export type Pin =
  | PinWanted
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly problem: string };

export interface PinWanted {
  readonly kind: 'wanted';
  /** What it has the digest of. */
  readonly tag: string;
}

/** The bound images whose references may be changed. A short name and a path stay: what they mean is not certain. */
export function findCandidates(
  root: RootView,
  read: Pick<Scanned, 'entries' | 'units'> & { readonly images: readonly ResolvedImage[] },
  keeps: KeepsReference,
  /** Those that have a digest get that of their tag. */
  update = false,
): readonly Candidate[] {
  const named = namedImages(root, read);
  const findTarget = targetFinder(root);
  const unread = firstUnread(read.units());
  return read.images.flatMap((resolved) => {
    const { reference } = resolved.image;
    if (reference.transport !== 'docker' || reference.registry === null) return [];
    const places = (named.get(imageKey(resolved.image)) ?? []).map(findTarget);
    return [{ resolved, places, pin: pinOf(resolved, places, unread, keeps, update) }];
  });
}

/** The first directory or unit that cannot be read: it may name any image, as may the units that are lost with it. */
function firstUnread(search: UnitSearch): string | undefined {
  const [directory] = search.unreadable;
  const [unit] = search.refused.size === 0 ? [] : search.repaired().refused.keys();
  return directory?.file ?? unit;
}

function pinOf(
  { image, valid }: ResolvedImage,
  places: Candidate['places'],
  unread: string | undefined,
  keeps: KeepsReference,
  update: boolean,
): Pin {
  const { reference, kind, options } = image;
  // Nothing under localhost/ is in a registry.
  if (reference.transport !== 'docker' || reference.registry === 'localhost') return { kind: 'none' };
  const isPinned = reference.digest !== null;
  if (isPinned && !update) return { kind: 'none' };
  const bound = places.filter((place) => place.bound);
  const kept = bound.filter(({ place }) => keeps(place, 'pin'));
  if (kept.length === bound.length) return { kind: 'none' };
  const refused = (problem: string): Pin => ({ kind: 'refused', problem });
  const [keeper] = kept;
  if (keeper !== undefined) {
    return refused(
      `${keeper.place.file}:${keeper.place.line} is to keep its tag, and the store has one name for both`,
    );
  }
  if (options.allTags?.value) return refused('AllTags= pulls what has a tag');
  if (kind === 'artifact') return refused('only images are pinned');
  if (!valid) return refused('what is wrong with its entry comes first');
  if (unread !== undefined) {
    return refused(`${unread} cannot be read, so it is unknown what else names the image`);
  }
  const untouchable = places.find((place) => 'problem' in place);
  if (untouchable !== undefined) return refused(untouchable.problem);
  if (!isPinned) return { kind: 'wanted', tag: reference.tag ?? 'latest' };
  const tags = new Set(places.flatMap((place) => ('tag' in place && place.tag !== null ? place.tag : [])));
  const [tag] = tags;
  if (tag === undefined) return refused('no tag stands before its digest, or in a comment');
  return tags.size === 1
    ? { kind: 'wanted', tag }
    : refused(`its places name different tags: ${[...tags].join(', ')}`);
}
