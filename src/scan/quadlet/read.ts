import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import type { RootView } from '../../root/root-view.js';
import { readSection } from '../unit/section.js';
import { serviceName } from '../unit/service-name.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';

/** What a unit binds where an entry leads to it, as its kind reads it. */
export function readLoadedUnit(
  root: RootView,
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Bindings {
  const read = unit.kind.read?.(unit, entry, search, root) ?? { bindings: [], diagnostics: [] };
  return { ...read, diagnostics: [...replacedService(unit, entry, search()), ...read.diagnostics] };
}

/**
 * Whether the service of a unit is lost to another unit whose service has the same name: quadlet writes one file
 * over the other. Source: podman cmd/quadlet/main.go, `generateServiceFile`.
 */
export function replacedService(
  unit: LoadedUnit,
  entry: string | null,
  { units, makersOf }: UnitSearch,
): readonly Diagnostic[] {
  // No service is made of a file outside the search path.
  if (units.get(unit.name) !== unit) return [];
  const { section: name, order } = unit.kind;
  const service = serviceName(unit);
  const [other] = makersOf(service)
    .filter((maker) => maker !== unit && maker.kind.order >= order)
    .sort((a, b) => b.kind.order - a.kind.order);
  if (other === undefined) return [];
  const section = readSection(unit, name, entry, []);
  const place = section.given('ServiceName')?.place ?? section.place;
  const isLater = other.kind.order > order;
  return [diagnose('service-replaced', place, { service, other: other.path, isLater })];
}
