import { parseReference } from '../../reference/reference.js';
import { readSection } from '../../scan/unit-reader.js';
import type { LoadedUnit } from '../../scan/unit-search.js';
import { nameKey } from './bound-images.js';

/** The keys (`nameKey`) of the images that units build on the host: no registry has to be asked for them. */
export function builtImages(units: Iterable<LoadedUnit>): ReadonlySet<string> {
  const built = [...units].filter(({ name }) => name.endsWith('.build'));
  return new Set(
    built
      .flatMap((unit) => readSection(unit, 'Build', null, []).list('ImageTag'))
      .flatMap(({ value }) => {
        const parsed = parseReference(value);
        return parsed.ok ? [nameKey({ kind: 'image', reference: parsed.reference })] : [];
      }),
  );
}
