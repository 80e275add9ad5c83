import type { LoadedUnit } from '../../scan/unit/search.js';
import { serviceName } from '../../scan/unit/service-name.js';

/**
 * Makes a test for whether something starts the service of an `.image`, `.volume` or `.artifact` unit at boot: its own
 * [Install] section, or a unit that names it or its service. One that nothing starts only says which image is bound.
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
      /\.(?:artifact|image|service|volume)/.test(value) ? value.split(/[\s,:="']/) : [],
    );
}

function isInstalled({ parts }: LoadedUnit): boolean {
  const sections = parts.flatMap(({ unit }) => unit.sections);
  return sections.some(({ name, assignments }) => name === 'Install' && assignments.length > 0);
}
