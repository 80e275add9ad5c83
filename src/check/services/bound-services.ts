import type { Binding } from '../../model/bound-image.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { namedImage } from '../bootc/bootc.js';
import type { Subject } from '../subject.js';
import { startedBy } from './started.js';

/** A unit and the name of the entry that leads to it. */
export interface BoundService {
  readonly unit: LoadedUnit;
  readonly entry: string | null;
}

export interface BoundServices {
  /** The `.image` units whose images are bound, with what binds them; `isStarted` by something at boot. */
  readonly imageUnits: readonly (BoundService & {
    readonly binding: Binding;
    readonly isStarted: boolean;
  })[];
  /** The `.container` and `.kube` units that are bound, and the containers that run the image of such an `.image`. */
  readonly runners: readonly BoundService[];
}

/** The units that quadlet makes services of and that belong to bound images. */
export function boundServices({ entries, units }: Pick<Subject, 'entries' | 'units'>): BoundServices {
  const entryOf = new Map<LoadedUnit, string>();
  const bindingsByFile = new Map<string | null, Binding>();
  for (const { entry, unit, bindings } of entries) {
    if (unit === undefined) continue;
    entryOf.set(unit, entry.name);
    for (const binding of bindings) bindingsByFile.set(binding.source.file, binding);
  }
  if (entryOf.size === 0) return { imageUnits: [], runners: [] };
  const all = [...units().units.values()];
  const isStarted = startedBy(all);
  const imageUnits = all.flatMap((unit) => {
    const binding = unit.kind === kinds.image ? bindingIn(unit, bindingsByFile) : undefined;
    return binding === undefined
      ? []
      : [{ unit, binding, entry: binding.source.entry, isStarted: isStarted(unit) }];
  });
  const runs = new Map(imageUnits.map(({ unit, entry }) => [unit.name, entry]));
  const runners = all.flatMap((unit) => {
    if (unit.kind.needsImage !== 'always') return [];
    const entry =
      entryOf.get(unit) ??
      runs.get(namedImage(unit)?.value ?? '') ??
      bindingIn(unit, bindingsByFile)?.source.entry;
    return entry === undefined ? [] : [{ unit, entry }];
  });
  return { imageUnits, runners };
}

/** What a file of the unit binds. */
function bindingIn(
  unit: LoadedUnit,
  bindingsByFile: ReadonlyMap<string | null, Binding>,
): Binding | undefined {
  return unit.parts.map(({ source }) => bindingsByFile.get(source)).find((binding) => binding !== undefined);
}
