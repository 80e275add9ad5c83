import type { LoadedUnit } from './search.js';
import { single } from './values.js';

interface UnitType {
  readonly section: string;
  /** What a service is called behind the name of its unit. */
  readonly suffix: string;
  /** Quadlet turns units into services in this order; within one number, in none that could be relied on. */
  readonly order: number;
}

/** Source: podman pkg/systemd/quadlet/quadlet_common.go, `SupportedExtensions`; quadlet.go, `getServiceName`. */
const unitTypes: Readonly<Record<string, UnitType>> = {
  '.artifact': { section: 'Artifact', suffix: '-artifact', order: 1 },
  '.image': { section: 'Image', suffix: '-image', order: 1 },
  '.network': { section: 'Network', suffix: '-network', order: 2 },
  '.volume': { section: 'Volume', suffix: '-volume', order: 2 },
  '.build': { section: 'Build', suffix: '-build', order: 3 },
  '.container': { section: 'Container', suffix: '', order: 4 },
  '.kube': { section: 'Kube', suffix: '', order: 4 },
  '.pod': { section: 'Pod', suffix: '-pod', order: 5 },
};

/** The type of a unit, by its file name. */
export function unitType({ name }: Pick<LoadedUnit, 'name'>): UnitType | undefined {
  return unitTypes[name.slice(name.lastIndexOf('.'))];
}

/** The name of the service that quadlet makes of a unit, without `.service`; for a template it ends in `@`. */
export function serviceName(unit: LoadedUnit): string {
  const { section = '', suffix = '' } = unitType(unit) ?? {};
  const given = single(unit.section(section), 'ServiceName')?.value;
  if (given !== undefined) return given;
  const stem = unit.name.replace(/(.)\.[^.]*$/s, '$1');
  return stem.endsWith('@') ? `${stem.slice(0, -1)}${suffix}@` : `${stem}${suffix}`;
}

/** Finds units by the names of their services; all are looked at when the first name is asked for. */
export function serviceMakers(
  units: ReadonlyMap<string, LoadedUnit>,
): (service: string) => readonly LoadedUnit[] {
  let makers: Map<string, LoadedUnit[]> | undefined;
  return (service) => {
    if (makers === undefined) {
      makers = new Map();
      for (const unit of units.values()) {
        if (!hasOwnSection(unit)) continue;
        const name = serviceName(unit);
        makers.set(name, [...(makers.get(name) ?? []), unit]);
      }
    }
    return makers.get(service) ?? [];
  };
}

/** A masked unit has none. */
function hasOwnSection(unit: LoadedUnit): boolean {
  const section = unitType(unit)?.section;
  return unit.parts.some((part) => part.unit.sections.some(({ name }) => name === section));
}
