import { imageKey } from '../../model/image-key.js';
import { parseReference } from '../../model/reference/reference.js';
import type { LoadedUnit } from '../../scan/unit/search.js';
import { readSection } from '../../scan/unit/section.js';

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
