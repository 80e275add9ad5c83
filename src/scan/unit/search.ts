import { diagnose } from '../../diagnostic/diagnose.js';
import { inFile } from '../../diagnostic/place.js';
import { joinRootPath, type RootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { dropInReader } from './drop-ins.js';
import type { FollowedPodman } from './followed-podman.js';
import { readUnit, type UnitPart } from './read.js';
import { searchedDirectories } from './searched-directories.js';
import { serviceMakers } from './service-name.js';
import {
  extensionOf,
  type LoadedUnit,
  loadedUnit,
  type QuadletKinds,
  type RefusedUnit,
  type UnitSearch,
} from './unit.js';

interface FoundUnit extends Pick<LoadedUnit, 'name' | 'kind' | 'path' | 'diagnostics'> {
  readonly part: UnitPart;
}

/**
 * Finds the units of a root, by their extensions, as podman's rootful generator does: directories depth first, the
 * first hit of a file name wins, a file that cannot be parsed takes the units of its directory with it.
 * Source: podman cmd/quadlet/main.go, `loadUnitsFromDir` (5.8).
 */
export function searchUnits(root: RootView, kinds: QuadletKinds, podman: FollowedPodman): UnitSearch {
  const { directories: searched, unreadable } = searchedDirectories(root, podman);
  const found = new Map<string, FoundUnit>();
  const lost = new Map<string, FoundUnit>();
  const seen = new Set<string>();
  const refused = new Map<RootPath, RefusedUnit>();
  const broken = new Map<RootPath, RefusedUnit & Pick<LoadedUnit, 'name' | 'kind'>>();
  for (const [directory, names] of searched) {
    const healthy: FoundUnit[] = [];
    const culprits: string[] = [];
    for (const name of names) {
      const kind = kinds.get(extensionOf(name));
      if (kind === undefined || seen.has(name)) continue;
      const path = joinRootPath(directory, name);
      const { part, diagnostics } = readUnit(root, path);
      if (part === undefined) {
        // What is the host’s is not known to be broken.
        if (diagnostics.some(({ rule }) => rule !== 'host-path-unknown')) culprits.push(name);
        broken.set(path, { name, kind, path, diagnostics });
      } else {
        // Seen even where its directory is lost: it still hides files of the same name further down.
        seen.add(name);
        healthy.push({ name, kind, path, part, diagnostics });
      }
    }
    for (const unit of healthy) {
      (culprits.length === 0 ? found : lost).set(unit.name, unit);
      if (culprits.length === 0) continue;
      const diagnostic = diagnose('unit-directory-poisoned', inFile(unit.path), { directory, culprits });
      refused.set(unit.path, { path: unit.path, diagnostics: [diagnostic] });
    }
  }
  const readDropIns = dropInReader(root, searched);
  const load = ({ name, kind, path, part, diagnostics }: FoundUnit): LoadedUnit => {
    const dropIns = readDropIns(name);
    const parts = [part, ...dropIns.parts];
    return loadedUnit(
      { name, kind, path, parts, diagnostics: [...diagnostics, ...dropIns.diagnostics] },
      root,
    );
  };
  const units = new Map([...found].map(([name, unit]) => [name, load(unit)]));
  const ofAll = { podman, kinds, directories: new Set(searched.keys()), unreadable };
  let mended: UnitSearch | undefined;
  const mend = (): UnitSearch => {
    const all = new Map(units);
    for (const [name, unit] of lost) all.set(name, load(unit));
    for (const { name, kind, path } of broken.values()) {
      if (all.has(name)) continue;
      all.set(name, loadedUnit({ name, kind, path, parts: [], diagnostics: [] }, root));
    }
    return { ...ofAll, units: all, refused: broken, makersOf: serviceMakers(all), repaired };
  };
  const repaired = (): UnitSearch => {
    mended ??= mend();
    return mended;
  };
  return {
    ...ofAll,
    units,
    refused: new Map([...broken, ...refused]),
    makersOf: serviceMakers(units),
    repaired,
  };
}
