import type { Bindings } from '../../model/bound-image.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import { readLoadedUnit, replacedService } from '../../scan/quadlet/read.js';
import { isOfUsers } from '../../scan/unit/searched-directories.js';
import { isUnreadable, type LoadedUnit, type UnitSearch } from '../../scan/unit/unit.js';
import type { Subject } from '../subject.js';
import { startedBy } from './started.js';

/** The units of a root, those that are lost with their directory among them, but not the files that quadlet cannot read. */
export interface RootUnits {
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** Whether it runs something with root’s podman, so that it may want an image. */
  readonly isRun: (unit: LoadedUnit) => boolean;
  /** What it wants, and what is wrong with it; of a pod, what is wrong with the pod alone. */
  readonly read: (unit: LoadedUnit) => Bindings;
}

export function rootUnits({ roots, units }: Pick<Subject, 'roots' | 'units'>): RootUnits {
  const search = units();
  const all =
    search.refused.size === 0
      ? search.units
      : new Map([...search.repaired().units].filter(([, unit]) => !isUnreadable(unit)));
  let isStarted: ReturnType<typeof startedBy> | undefined;
  return {
    units: all,
    isRun: (unit) => {
      if (isOfUsers(unit.path)) return false;
      if (unit.kind.needsImage !== 'where started') return unit.kind.needsImage === 'always';
      isStarted ??= startedBy([...all.values()]);
      return isStarted(unit);
    },
    read: (unit) => {
      const lost = search.refused.get(unit.path)?.diagnostics ?? [];
      // Among lost units, each other one is there once their directory is repaired.
      const found = lost.length === 0 ? units : search.repaired;
      const { bindings, diagnostics } =
        unit.kind === kinds.pod ? readPod(unit, found) : readLoadedUnit(roots.newRoot, unit, null, found);
      return { bindings, diagnostics: [...lost, ...unit.diagnostics, ...diagnostics] };
    },
  };
}

/** Its containers are units of their own. */
function readPod(unit: LoadedUnit, search: () => UnitSearch): Bindings {
  const diagnostics = [...replacedService(unit, null, search()), ...unit.kind.refusals(unit, null, search)];
  return { bindings: [], diagnostics };
}
