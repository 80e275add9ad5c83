import { bindingPlaces } from '../check/binding-places.js';
import { isBootcs } from '../check/bootc/bootc.js';
import { inFile, type Place } from '../diagnostic/place.js';
import type { BoundImage } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import { parseReference, type Reference } from '../model/reference/reference.js';
import type { RootView } from '../root/root-view.js';
import { readImageUnit } from '../scan/quadlet/image.js';
import { kinds } from '../scan/quadlet/kinds.js';
import { readLoadedUnit } from '../scan/quadlet/read.js';
import type { Scanned } from '../scan/scan.js';
import type { LoadedUnit } from '../scan/unit/unit.js';
import { mergeSection, positionIn, single } from '../scan/unit/values.js';

/** A place of the root that names an image. */
export interface NamedImage {
  readonly kind: BoundImage['kind'];
  readonly reference: Reference;
  readonly place: Place;
  /** An entry leads there; else it is that of a unit which finds in the store what an entry has bound. */
  readonly bound: boolean;
  /** bootc reads it, too, and looks for what it has pulled by the name as it is written. */
  readonly isBootcs: boolean;
}

/** Every place that names an image, by what is named: `imageKey` of both is the same. */
export function namedImages(
  root: RootView,
  { entries, units }: Pick<Scanned, 'entries' | 'units'>,
): ReadonlyMap<string, readonly NamedImage[]> {
  const named = new Map<string, NamedImage[]>();
  const seen = new Set<string>();
  const add = (image: NamedImage) => {
    const { file, line, column } = image.place;
    const place = JSON.stringify([file, line, column]);
    if (seen.has(place)) return;
    seen.add(place);
    const key = imageKey(image);
    const others = named.get(key);
    if (others === undefined) named.set(key, [image]);
    else others.push(image);
  };
  for (const place of bindingPlaces(entries)) {
    const { kind, reference, source } = place.binding;
    add({ kind, reference, place: source, bound: true, isBootcs: place.isBootcs });
  }
  const bootcUnits = new Set(
    entries.flatMap(({ entry, unit }) => (isBootcs(entry) && unit ? unit.path : [])),
  );
  for (const unit of units().units.values()) {
    for (const { kind, reference, source } of readLoadedUnit(root, unit, null, units).bindings) {
      add({ kind, reference, place: source, bound: false, isBootcs: false });
    }
    for (const image of writtenImages(unit)) add({ ...image, isBootcs: bootcUnits.has(unit.path) });
    // What other units run that name this one: ImageTag=, where it has one.
    const runs = unit.kind === kinds.image ? readImageUnit(unit, null, units).runs : undefined;
    if (runs === undefined) continue;
    const parsed = parseReference(runs.written);
    if (parsed.ok) {
      const { reference } = parsed;
      add({ kind: 'image', reference, place: runs.place, bound: false, isBootcs: false });
    }
  }
  return named;
}

/**
 * The image that each file of a unit names, also where a drop-in names it once more: bootc, which knows no drop-ins,
 * pulls that of the unit.
 */
function writtenImages({ kind, parts }: LoadedUnit): readonly Omit<NamedImage, 'isBootcs'>[] {
  if (!kind.keys.has('Image') || parts.length === 1) return [];
  return parts.flatMap((part) => {
    const alone = mergeSection([part], kind.section);
    const found = alone && single(alone, 'Image');
    if (found === undefined) return [];
    const parsed = parseReference(found.value);
    if (!parsed.ok) return [];
    const place = { ...inFile(part.source), ...positionIn(found, 0) };
    return [{ kind: 'image', reference: parsed.reference, place, bound: false }];
  });
}
