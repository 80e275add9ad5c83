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

/**
 * Whether `text` is what a unit calls an image that it builds on the host: by the whole name, or without `localhost`,
 * which podman puts before a name that has no registry. A name of a registry may be pulled from there all the same.
 */
export function isBuiltHere(text: string, units: Iterable<LoadedUnit>): boolean {
  const keyOf = (name: string) => {
    const parsed = parseReference(name);
    const { reference } = parsed.ok ? parsed : {};
    if (reference?.transport !== 'docker') return undefined;
    if (reference.registry === null) return keyOf(`localhost/${name}`);
    return reference.registry === 'localhost' ? imageKey({ kind: 'image', reference }) : undefined;
  };
  const key = keyOf(text);
  if (key === undefined) return false;
  return [...units].some(
    (unit) =>
      isNameOf(unit.name, 'build') &&
      readSection(unit, 'Build', null, [])
        .list('ImageTag')
        .some(({ value }) => keyOf(value) === key),
  );
}
