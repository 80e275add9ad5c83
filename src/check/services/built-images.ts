import { parseReference } from '../../reference/reference.js';
import { imageKey } from '../../scan/image-key.js';
import { readSection } from '../../scan/unit-reader.js';
import type { LoadedUnit } from '../../scan/unit-search.js';

/** The keys (`imageKey`) of the images that units build on the host: no registry has to be asked for them. */
export function builtImages(units: Iterable<LoadedUnit>): ReadonlySet<string> {
  const built = [...units].filter(({ name }) => name.endsWith('.build'));
  return new Set(
    built
      .flatMap((unit) => readSection(unit, 'Build', null, []).list('ImageTag'))
      .flatMap(({ value }) => {
        const parsed = parseReference(value);
        return parsed.ok ? [imageKey({ kind: 'image', reference: parsed.reference })] : [];
      }),
  );
}
