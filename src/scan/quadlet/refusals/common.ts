import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { LoadedUnit, UnitSearch } from '../../unit/search.js';
import { readSection } from '../../unit/section.js';
import { type QuadletSection, quadletKeys } from '../quadlet-keys.js';
import { refusedDependencies } from './dependencies.js';

/**
 * What the generator checks first in a unit of any type: the keys of its own section and of `[Quadlet]`, and
 * the quadlets that `[Unit]` names. Source: podman pkg/systemd/quadlet/quadlet.go, `initServiceUnitFile` (5.8).
 */
export function commonRefusals(
  unit: LoadedUnit,
  section: QuadletSection,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  return [
    ...unknownKeys(unit, section, entry),
    ...unknownKeys(unit, 'Quadlet', entry),
    ...refusedDependencies(readSection(unit, 'Unit', entry, []), search),
  ];
}

function unknownKeys(unit: LoadedUnit, section: QuadletSection, entry: string | null): readonly Diagnostic[] {
  const known = quadletKeys(section);
  const names = [...known];
  const takesImageUnit = section === 'Container' || section === 'Volume';
  return unit
    .section(section)
    .assignments.filter(({ key }) => !known.has(key))
    .map(({ key, source, line, column }) =>
      diagnose(
        'unit-unknown-key',
        { entry, file: source, line, column },
        { section, key, known: names, isOfImage: takesImageUnit && quadletKeys('Image').has(key) },
      ),
    );
}
