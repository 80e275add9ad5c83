import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { inFile } from '../../diagnostic/place.js';
import { compareNames, joinRootPath, type RootPath } from '../../model/path.js';
import { describeProblem } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { append } from '../../text/append.js';
import { memoized } from '../../text/memoized.js';
import { readUnit, type UnitPart } from './read.js';

export interface DropIns {
  /** In the order in which they are merged. */
  readonly parts: readonly UnitPart[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A reader for the drop-ins of units, by the names of the units, that reads each file once. Of equal file names
 * the first counts: more specific directory names first, then the order of the searched directories; they are
 * merged in byte order of their names, and one that cannot be read is passed over.
 * Source: podman cmd/quadlet/main.go, `loadUnitDropins` (5.6 and newer).
 */
export function dropInReader(
  root: RootView,
  directories: ReadonlyMap<RootPath, readonly string[]>,
): (unitName: string) => DropIns {
  const places = new Map<string, RootPath[]>();
  for (const [directory, names] of directories) {
    for (const name of names.filter((candidate) => candidate.endsWith('.d'))) {
      const known = places.get(name) ?? [];
      known.push(joinRootPath(directory, name));
      places.set(name, known);
    }
  }
  const list = memoized((directory: RootPath) => listDropIns(root, directory));
  const read = memoized((path: RootPath) => readUnit(root, path, 'drop-in'));

  return (unitName) => {
    const files = new Map<string, RootPath>();
    const diagnostics: Diagnostic[] = [];
    for (const directory of dropInDirectories(unitName).flatMap((name) => places.get(name) ?? [])) {
      const listed = list(directory);
      append(diagnostics, listed.diagnostics);
      for (const name of listed.names) if (!files.has(name)) files.set(name, joinRootPath(directory, name));
    }
    const parts: UnitPart[] = [];
    for (const [, path] of [...files].sort(([a], [b]) => compareNames(a, b))) {
      const dropIn = read(path);
      if (dropIn.part !== undefined) parts.push(dropIn.part);
      append(diagnostics, dropIn.diagnostics);
    }
    return { parts, diagnostics };
  };
}

function listDropIns(
  root: RootView,
  directory: RootPath,
): { names: readonly string[]; diagnostics: readonly Diagnostic[] } {
  const listing = root.readDirectory(directory);
  if (listing.ok) return { names: listing.names.filter((name) => name.endsWith('.conf')), diagnostics: [] };
  const args = { problem: describeProblem(listing.problem) };
  return { names: [], diagnostics: [diagnose('unit-drop-in-skipped', inFile(directory), args)] };
}

/**
 * The names of the drop-in directories of a unit, most specific first: `a-b.image` has `a-b.image.d`,
 * `a-.image.d` and `image.d`; an instance `t@i.image` has that of its template, too.
 * Source: podman pkg/systemd/parser/unitfile.go, `GetUnitDropinPaths`.
 */
export function dropInDirectories(unitName: string): readonly string[] {
  const dot = unitName.lastIndexOf('.');
  const [stem, extension] = [unitName.slice(0, dot), unitName.slice(dot)];
  const at = stem.indexOf('@');
  const base = at < 0 ? stem : stem.slice(0, at);
  const names = [unitName];
  if (at >= 0 && at + 1 < stem.length) names.push(`${base}@${extension}`);
  for (
    let dash = base.lastIndexOf('-');
    dash >= 0;
    dash = dash === 0 ? -1 : base.lastIndexOf('-', dash - 1)
  ) {
    const prefix = base.slice(0, dash + 1);
    if (at >= 0) names.push(`${prefix}@${extension}`);
    names.push(`${prefix}${extension}`);
  }
  names.push(extension.slice(1));
  return names.map((name) => `${name}.d`);
}
