import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { readSection, type SectionReader } from '../../unit/section.js';
import { extensionOf, type LoadedUnit, type UnitSearch } from '../../unit/unit.js';

/** Those of `[Quadlet]`, which every kind has. */
const quadletKeys: ReadonlySet<string> = new Set(['DefaultDependencies']);

/**
 * What the generator checks first in a unit of any kind: the keys of its own section and of `[Quadlet]`, and
 * the quadlets that `[Unit]` names. Source: podman pkg/systemd/quadlet/quadlet.go, `initServiceUnitFile` (5.8).
 */
export function commonRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const { section, keys, keysOf6 } = unit.kind;
  return [
    ...unknownKeys(unit, section, { keys, keysOf6 }, entry, search),
    ...unknownKeys(unit, 'Quadlet', { keys: quadletKeys }, entry, search),
    ...refusedDependencies(readSection(unit, 'Unit', entry, []), search),
  ];
}

function unknownKeys(
  unit: LoadedUnit,
  section: string,
  {
    keys: known,
    keysOf6,
  }: { readonly keys: ReadonlySet<string>; readonly keysOf6?: ReadonlySet<string> | undefined },
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const { assignments } = unit.section(section);
  const unknown = assignments.filter(
    ({ key }) => !known.has(key) && !(keysOf6?.has(key) && search().podman.isSix()),
  );
  if (unknown.length === 0) return [];
  // A unit that names an image may name the unit of one instead.
  const imageUnit = known.has('Image')
    ? [...search().kinds.values()].find(({ section: of }) => of === 'Image')
    : undefined;
  // One list for all: what it takes to compare with it is done once.
  const list = [...known];
  return unknown.map(({ key, source, line, column }) =>
    diagnose(
      'unit-unknown-key',
      { entry, file: source, line, column },
      { section, key, known: list, isOfImage: imageUnit?.keys.has(key) === true },
    ),
  );
}

/** Those of `[Unit]` that name units. */
const dependencies = [
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
function refusedDependencies(unit: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return dependencies
    .flatMap((key) => unit.strv(key))
    .filter(({ written }) => search().kinds.has(extensionOf(written)) && !search().units.has(written))
    .map(({ written, place }) => diagnose('unit-missing', place, { name: written }));
}
