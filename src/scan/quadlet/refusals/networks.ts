import { diagnose } from '../../../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../../../diagnostic/diagnostic.js';
import { readSection, type SectionReader, type UnitValue } from '../../unit/section.js';
import { serviceName } from '../../unit/service-name.js';
import { isNameOf, type LoadedUnit, type UnitSearch } from '../../unit/unit.js';

/**
 * What quadlet refuses in `Network=`: units that do not exist, networks that it refuses themselves, containers
 * whose name is known at boot only. Source: podman pkg/systemd/quadlet/quadlet.go, `addNetworks`.
 */
export function refusedNetworks(section: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return section.list('Network').flatMap((value) => {
    const colon = value.written.indexOf(':');
    const name = colon < 0 ? value.written : value.written.slice(0, colon);
    const isContainer = isNameOf(name, 'container');
    if (!isContainer && !isNameOf(name, 'network')) return [];
    const unit = search().units.get(name);
    if (unit === undefined) return [diagnose('unit-missing', value.place, { name })];
    return isContainer ? refusedContainer(value, unit, colon) : refusedNetwork(value, unit, search);
  });
}

function refusedContainer(value: UnitValue, unit: LoadedUnit, colon: number): readonly Diagnostic[] {
  const name = containerName(unit);
  if (name === '' || name.includes('%')) {
    const reason = `the name of the container of “${unit.name}” is known at boot only`;
    return [refuse(value, reason, `give ${unit.name} a ContainerName= without specifiers`)];
  }
  if (colon < 0) return [];
  const place = value.placeAt(colon);
  return [refuse({ ...value, place }, 'the network of another container takes no options', 'remove them')];
}

function refusedNetwork(value: UnitValue, unit: LoadedUnit, search: () => UnitSearch): readonly Diagnostic[] {
  const problems = unit.kind.refusals(unit, value.place.entry, search);
  if (!hasErrors(problems)) return [];
  const reason = `the unit “${unit.name}” that makes its network is not valid`;
  return [refuse(value, reason, 'its own problems are reported beside this one'), ...problems];
}

/** The name of the container that a unit makes; only `%N` is decoded. Source: `GetContainerResourceName`. */
function containerName(unit: LoadedUnit): string {
  const section = readSection(unit, 'Container', null, []);
  const name = section.single('ContainerName')?.written;
  const byDefault = unit.name.includes('@') ? 'systemd-%p_%i' : 'systemd-%N';
  return (name ?? byDefault).replaceAll('%N', () => serviceName(unit));
}

function refuse(value: UnitValue, reason: string, hint: string): Diagnostic {
  return diagnose('unit-refused', value.place, { reason, hint });
}
