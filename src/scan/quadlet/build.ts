import { imageKey } from '../../model/image-key.js';
import { parseReference } from '../../model/reference/reference.js';
import { readSection } from '../unit/section.js';
import { isNameOf, type LoadedUnit } from '../unit/unit.js';

/** Those that count here. Nothing that is bound needs the service of a `.build` unit, so no key of it is refused. */
export const buildKeys: ReadonlySet<string> = new Set(['ImageTag']);

/** The keys (`imageKey`) of the images that units build on the host: no registry has to be asked for them. */
export function builtImages(units: Iterable<LoadedUnit>): ReadonlySet<string> {
  const built = [...units].filter(({ name }) => isNameOf(name, 'build'));
  return new Set(
    built
      .flatMap((unit) => readSection(unit, 'Build', null, []).list('ImageTag'))
      .flatMap(({ value }) => {
        const parsed = parseReference(value);
        return parsed.ok ? [imageKey({ kind: 'image', reference: parsed.reference })] : [];
      }),
  );
}
