import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { LoadedUnit, UnitSearch } from '../../unit/search.js';
import { readSection, type SectionReader } from '../../unit/section.js';
import { type QuadletSection, quadletKeys } from '../quadlet-keys.js';
import { hasQuadletExtension } from '../quadlet-types.js';

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

const keys = [
  'After',
  'Before',
  'BindsTo',
  'Conflicts',
  'OnFailure',
  'OnSuccess',
  'PartOf',
  'PropagatesReloadTo',
  'PropagatesStopTo',
  'ReloadPropagatedFrom',
  'Requires',
  'Requisite',
  'StopPropagatedFrom',
  'Upholds',
  'Wants',
];

/**
 * The quadlets that `[Unit]` names and that do not exist; an instance of a template is no unit by itself.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `translateUnitDependencies` (5.5 and newer).
 */
export function refusedDependencies(unit: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return keys
    .flatMap((key) => unit.strv(key))
    .filter(({ written }) => hasQuadletExtension(written) && !search().units.has(written))
    .map(({ written, place }) => diagnose('unit-missing', place, { name: written }));
}
