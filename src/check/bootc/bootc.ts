import type { Binding } from '../../model/bound-image.js';
import { bootcDirectory, type Entry } from '../../scan/entries.js';
import { kindOf } from '../../scan/quadlet/kinds.js';
import type { EntryBindings } from '../../scan/scan.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { single } from '../../scan/unit/values.js';

/**
 * Whether bootc reads an entry, too: it knows its own directory, and there links to two kinds of units.
 * Source: bootc crates/lib/src/boundimage.rs, `query_bound_images`.
 */
export function isBootcs({ path, name }: Entry): boolean {
  return path.startsWith(`${bootcDirectory}/`) && kindOf(name)?.isBootcs === true;
}

/** Whether bootc itself pulls what is bound here: of a unit it reads `Image=`, and no unit that is named there. */
export function bootcPulls({ entry, unit }: EntryBindings, { kind, reference }: Binding): boolean {
  return (
    isBootcs(entry) && unit !== undefined && kind === 'image' && namedImage(unit)?.value === reference.text
  );
}

/** The `Image=` of a unit. */
export function namedImage(unit: LoadedUnit) {
  return single(unit.section(unit.kind.section), 'Image');
}
