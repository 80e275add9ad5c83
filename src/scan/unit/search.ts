import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { inFile } from '../../diagnostic/place.js';
import { joinRootPath, type RootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { memoized } from '../../text/memoized.js';
import { hasQuadletExtension } from '../quadlet/quadlet-types.js';
import { dropInReader } from './drop-ins.js';
import { readUnit, type UnitPart } from './read.js';
import { searchedDirectories } from './searched-directories.js';
import { serviceMakers } from './service-name.js';
import { mergeSection, type SectionLines, type SourcedAssignment, sectionLines } from './values.js';

/** A unit as it would load at boot. */
export interface LoadedUnit {
  /** Its file name, by which everything refers to it. */
  readonly name: string;
  /** Where it was found: the searched directory, resolved, and the name in it. */
  readonly path: RootPath;
  /** The unit's own file, then its drop-ins in the order in which they are merged. */
  readonly parts: readonly UnitPart[];
  /** The assignments of one of its sections, drop-ins included; none where it has no such section. */
  readonly section: (name: string) => SectionLines<SourcedAssignment<RootPath>>;
  /** What was noticed while reading these files; warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A unit file that quadlet does not load, and why. */
export interface RefusedUnit {
  readonly path: RootPath;
  readonly diagnostics: readonly Diagnostic[];
}

/** The units of a root, as quadlet finds them. */
export interface UnitSearch {
  /** The directories that quadlet searches, resolved. */
  readonly directories: ReadonlySet<RootPath>;
  /** Those that could not be read, so that nothing here is certain. */
  readonly unreadable: readonly Diagnostic[];
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** By path; a directory with one bad file loses all of its units. */
  readonly refused: ReadonlyMap<RootPath, RefusedUnit>;
  /** The units whose services have this name. A masked unit is not one of them: it has no section. */
  readonly makersOf: (service: string) => readonly LoadedUnit[];
  /**
   * What quadlet would find if no directory lost its units because of a bad file, for what is wrong beside that.
   * The file itself is a unit of no parts there, as others may name it.
   */
  readonly repaired: () => UnitSearch;
}

interface FoundUnit extends Pick<LoadedUnit, 'name' | 'path' | 'diagnostics'> {
  readonly part: UnitPart;
}

/**
 * Finds the units of a root as podman's rootful generator does: directories depth first, the first hit of a
 * file name wins, a file that cannot be parsed takes the units of its directory with it.
 * Source: podman cmd/quadlet/main.go, `loadUnitsFromDir` (5.8).
 */
export function searchUnits(root: RootView): UnitSearch {
  const { directories: searched, unreadable } = searchedDirectories(root);
  const found = new Map<string, FoundUnit>();
  const lost = new Map<string, FoundUnit>();
  const seen = new Set<string>();
  const refused = new Map<RootPath, RefusedUnit>();
  const broken = new Map<RootPath, RefusedUnit>();
  for (const [directory, names] of searched) {
    const healthy: FoundUnit[] = [];
    const culprits: string[] = [];
    for (const name of names) {
      if (seen.has(name) || !hasQuadletExtension(name)) continue;
      const path = joinRootPath(directory, name);
      const { part, diagnostics } = readUnit(root, path);
      if (part === undefined) {
        culprits.push(name);
        broken.set(path, { path, diagnostics });
      } else {
        // Seen even where its directory is lost: it still hides files of the same name further down.
        seen.add(name);
        healthy.push({ name, path, part, diagnostics });
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
  const load = ({ name, path, part, diagnostics }: FoundUnit): LoadedUnit => {
    const dropIns = readDropIns(name);
    return loadedUnit(name, path, [part, ...dropIns.parts], [...diagnostics, ...dropIns.diagnostics]);
  };
  const units = new Map([...found].map(([name, unit]) => [name, load(unit)]));
  const ofAll = { directories: new Set(searched.keys()), unreadable };
  let mended: UnitSearch | undefined;
  const mend = (): UnitSearch => {
    const all = new Map(units);
    for (const [name, unit] of lost) all.set(name, load(unit));
    for (const { path } of broken.values()) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      if (!all.has(name)) all.set(name, loadedUnit(name, path, [], []));
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

/** Whether it stands for a file that quadlet cannot read; see `repaired`. */
export function isUnreadable({ parts }: LoadedUnit): boolean {
  return parts.length === 0;
}

/** A unit whose sections are merged once, when they are asked for. */
export function loadedUnit(
  name: string,
  path: RootPath,
  parts: readonly UnitPart[],
  diagnostics: readonly Diagnostic[],
): LoadedUnit {
  const section = memoized((wanted: string) => mergeSection(parts, wanted) ?? sectionLines([]));
  return { name, path, parts, section, diagnostics };
}
