import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { LoadedUnit, UnitSearch } from '../unit/search.js';
import { readSection } from '../unit/section.js';
import { serviceName, unitType } from '../unit/service-name.js';

/**
 * Whether the service of a unit is lost to another unit whose service has the same name: quadlet writes one file
 * over the other. Source: podman cmd/quadlet/main.go, `generateServiceFile`.
 */
export function replacedService(
  unit: LoadedUnit,
  entry: string | null,
  { units, makersOf }: UnitSearch,
): readonly Diagnostic[] {
  const type = unitType(unit);
  // No service is made of a file outside the search path.
  if (type === undefined || units.get(unit.name) !== unit) return [];
  const service = serviceName(unit);
  const orderOf = (other: LoadedUnit) => unitType(other)?.order ?? 0;
  const [other] = makersOf(service)
    .filter((maker) => maker !== unit && orderOf(maker) >= type.order)
    .sort((a, b) => orderOf(b) - orderOf(a));
  if (other === undefined) return [];
  const section = readSection(unit, type.section, entry, []);
  const place = section.given('ServiceName')?.place ?? section.place;
  const isLater = orderOf(other) > type.order;
  return [diagnose('service-replaced', place, { service, other: other.path, isLater })];
}
