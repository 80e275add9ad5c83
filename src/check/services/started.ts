import { quadletKinds } from '../../scan/quadlet/kinds.js';
import { serviceName } from '../../scan/unit/service-name.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';

/** What a value that names such a unit or its service holds somewhere. */
const naming: readonly string[] = [
  '.service',
  ...[...quadletKinds.values()]
    .filter((kind) => kind.needsImage === 'where started')
    .map((kind) => kind.extension),
];

/**
 * Makes a test for whether something starts the service of a unit at boot, where it needs its image only then
 * (`needsImage`): its own [Install] section, or a unit that names it or its service. One that nothing starts only says
 * which image is bound.
 */
export function startedBy(units: readonly LoadedUnit[]): (unit: LoadedUnit) => boolean {
  const named = new Set(units.flatMap(namesIn));
  return (unit) => named.has(unit.name) || named.has(`${serviceName(unit)}.service`) || isInstalled(unit);
}

function namesIn({ parts }: LoadedUnit): readonly string[] {
  return parts
    .flatMap(({ unit }) => unit.sections)
    .flatMap(({ assignments }) => assignments)
    .flatMap(({ value }) =>
      naming.some((extension) => value.includes(extension)) ? value.split(/[\s,:="']/) : [],
    );
}

function isInstalled({ parts }: LoadedUnit): boolean {
  const sections = parts.flatMap(({ unit }) => unit.sections);
  return sections.some(({ name, assignments }) => name === 'Install' && assignments.length > 0);
}
