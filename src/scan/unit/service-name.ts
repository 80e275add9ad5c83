import type { LoadedUnit } from './unit.js';
import { single } from './values.js';

/**
 * The name of the service that quadlet makes of a unit, without `.service`; for a template it ends in `@`.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `getServiceName`.
 */
export function serviceName({ name, kind, section }: LoadedUnit): string {
  const given = single(section(kind.section), 'ServiceName')?.value;
  if (given !== undefined) return given;
  const stem = name.replace(/(.)\.[^.]*$/s, '$1');
  return stem.endsWith('@') ? `${stem.slice(0, -1)}${kind.suffix}@` : `${stem}${kind.suffix}`;
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
function hasOwnSection({ kind, parts }: LoadedUnit): boolean {
  return parts.some((part) => part.unit.sections.some(({ name }) => name === kind.section));
}
