import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { compareNames, joinRootPath, type RootPath, rootPath } from '../root/path.js';
import { describeProblem } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { dropInDirectories } from './drop-in-directories.js';
import { hasQuadletExtension } from './quadlet-types.js';
import { parseUnitFile, type UnitFile } from './unit-file.js';
import { describeSyntax } from './unit-syntax.js';

/** One parsed file of a unit: the unit itself or a drop-in. */
export interface UnitPart {
  readonly unit: UnitFile;
  readonly source: RootPath;
}

/** A unit as it would load at boot. */
export interface LoadedUnit {
  /** Its file name, by which everything refers to it. */
  readonly name: string;
  /** Where it was found: the searched directory, resolved, and the name in it. */
  readonly path: RootPath;
  /** The unit's own file, then its drop-ins in the order in which they are merged. */
  readonly parts: readonly UnitPart[];
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
  /** The directories that quadlet searches, resolved, in its order. */
  readonly directories: readonly RootPath[];
  readonly units: ReadonlyMap<string, LoadedUnit>;
  /** By path; a directory with one bad file loses all of its units. */
  readonly refused: ReadonlyMap<RootPath, RefusedUnit>;
}

/** Larger than any unit; also the limit for TOML drop-ins. */
export const configurationLimitBytes = 1024 * 1024;

/** `/run/containers/systemd` comes first for quadlet, but is not part of an image. */
const adminDirectory = rootPath('/etc/containers/systemd');
const distroDirectory = rootPath('/usr/share/containers/systemd');

/** Units for users; only root's directories of /etc are searched without them. */
const usersDirectory = rootPath('/etc/containers/systemd/users');

/**
 * Finds the units of a root as podman's rootful generator does: directories depth first, the first hit of a
 * file name wins, a file that cannot be parsed takes the units of its directory with it.
 * Source: podman cmd/quadlet/main.go, `loadUnitsFromDir` and `loadUnitDropins` (5.8).
 */
export function searchUnits(root: RootView): UnitSearch {
  const directories = searchedDirectories(root);
  const found = new Map<string, { path: RootPath; part: UnitPart; diagnostics: readonly Diagnostic[] }>();
  const seen = new Set<string>();
  const refused = new Map<RootPath, RefusedUnit>();
  for (const directory of directories) {
    const healthy: { name: string; path: RootPath; part: UnitPart; diagnostics: readonly Diagnostic[] }[] =
      [];
    let culprit: RootPath | undefined;
    for (const name of namesIn(root, directory)) {
      if (seen.has(name) || !hasQuadletExtension(name)) continue;
      const path = joinRootPath(directory, name);
      const read = readUnit(root, path);
      if (read.part === undefined) {
        culprit ??= path;
        refused.set(path, { path, diagnostics: read.diagnostics });
      } else {
        // Seen even where its directory is lost: it still hides files of the same name further down.
        seen.add(name);
        healthy.push({ name, path, part: read.part, diagnostics: read.diagnostics });
      }
    }
    for (const unit of healthy) {
      if (culprit === undefined) found.set(unit.name, unit);
      else {
        const args = { directory, culprit };
        const diagnostic = diagnose('unit-directory-poisoned', inFile(unit.path), args);
        refused.set(unit.path, { path: unit.path, diagnostics: [diagnostic] });
      }
    }
  }
  const units = new Map<string, LoadedUnit>();
  for (const [name, { path, part, diagnostics }] of found) {
    const dropIns = readDropIns(root, name, directories);
    units.set(name, {
      name,
      path,
      parts: [part, ...dropIns.parts],
      diagnostics: [...diagnostics, ...dropIns.diagnostics],
    });
  }
  return { directories, units, refused };
}

/** Reads one unit file; without a `part`, the diagnostics say why quadlet cannot use it. */
export function readUnit(
  root: RootView,
  path: RootPath,
): { part: UnitPart | undefined; diagnostics: readonly Diagnostic[] } {
  const file = root.readFile(path, { limitBytes: configurationLimitBytes });
  if (!file.ok) {
    const { problem } = file;
    const diagnostic =
      problem.kind === 'too-large'
        ? diagnose('file-too-large', inFile(path), problem)
        : diagnose('unit-unreadable', inFile(path), { problem: describeProblem(problem) });
    return { part: undefined, diagnostics: [diagnostic] };
  }
  const parsed = parseUnitFile(file.bytes);
  const notes = parsed.notes.map(({ line, column }) =>
    diagnose('unit-lost-continuation', { ...inFile(path), line, column }, {}),
  );
  if (parsed.ok) return { part: { unit: parsed.unit, source: path }, diagnostics: notes };
  const problems = parsed.problems.map(({ code, line, column }) =>
    diagnose('unit-syntax', { ...inFile(path), line, column }, { problem: describeSyntax(code) }),
  );
  return { part: undefined, diagnostics: [...problems, ...notes] };
}

/**
 * Each directory, then its subdirectories in byte order of their names; a resolved directory counts once.
 * Source: podman pkg/systemd/quadlet/unitdirs.go, `AppendSubPaths` and `getRootDirs`.
 */
function searchedDirectories(root: RootView): readonly RootPath[] {
  const directories = new Set<RootPath>();
  const users = root.resolve(usersDirectory);
  // Compared as text, as the generator does: `users-old` goes, too.
  const skipped = users.kind === 'directory' ? users.path : usersDirectory;
  const visit = (path: RootPath, isAdmin: boolean): void => {
    const at = root.resolve(path);
    if (at.kind !== 'directory' || directories.has(at.path)) return;
    if (at.path.endsWith('.d') || (isAdmin && at.path.startsWith(skipped))) return;
    directories.add(at.path);
    for (const name of namesIn(root, at.path)) visit(joinRootPath(at.path, name), isAdmin);
  };
  visit(adminDirectory, true);
  visit(distroDirectory, false);
  return [...directories];
}

function namesIn(root: RootView, directory: RootPath): readonly string[] {
  const listing = root.readDirectory(directory);
  return listing.ok ? listing.names : [];
}

/**
 * The drop-ins of a unit in merge order. Of equal file names the first counts: more specific directory names
 * first, then the order of the searched directories (podman 5.6 and newer).
 */
function readDropIns(
  root: RootView,
  name: string,
  directories: readonly RootPath[],
): { parts: readonly UnitPart[]; diagnostics: readonly Diagnostic[] } {
  const paths = new Map<string, RootPath>();
  for (const dropInDirectory of dropInDirectories(name)) {
    for (const directory of directories) {
      const path = joinRootPath(directory, dropInDirectory);
      for (const file of namesIn(root, path)) {
        if (file.endsWith('.conf') && !paths.has(file)) paths.set(file, joinRootPath(path, file));
      }
    }
  }
  const parts: UnitPart[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of [...paths].sort(([a], [b]) => compareNames(a, b)).map(([, found]) => found)) {
    const read = readUnit(root, path);
    if (read.part !== undefined) {
      parts.push(read.part);
      diagnostics.push(...read.diagnostics);
    } else diagnostics.push(...read.diagnostics.map(skippedDropIn));
  }
  return { parts, diagnostics };
}

/** quadlet goes on without a drop-in that it cannot read. */
function skippedDropIn(diagnostic: Diagnostic): Diagnostic {
  return diagnose('unit-drop-in-skipped', diagnostic, { problem: diagnostic.message });
}
