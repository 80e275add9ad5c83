import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { Bindings } from '../../model/bound-image.js';
import { type RootPath, rootPath } from '../../model/path.js';
import { describeProblemAt, isOfUnknownHost } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { printable } from '../../text/printable.js';
import { bootcDirectory, type Entry } from '../entries.js';
import { readUnit } from '../unit/read.js';
import { isOfUsers } from '../unit/searched-directories.js';
import { isUnreadable, type LoadedUnit, loadedUnit, type UnitSearch } from '../unit/unit.js';
import { kindOf } from './kinds.js';
import { readLoadedUnit } from './read.js';

export interface QuadletBindings extends Bindings {
  /** The unit that boots for the entry, or that it leads to outside the search path. */
  readonly unit?: LoadedUnit;
}

/**
 * Reads a quadlet entry. What counts is the unit as it would load at boot: the entry says which unit, by the
 * first path on its way that lies in quadlet's search path, and the search says what that unit is. A file
 * elsewhere still binds its image, as it does with bootc, though no service is ever made from it.
 */
export function readQuadlet(root: RootView, entry: Entry, search: () => UnitSearch): QuadletBindings {
  const place: Place = { entry: entry.name, file: entry.path, line: null, column: null };
  const found = readEntry(root, entry, place, search);
  const read = { ...found, diagnostics: [...blamed(search().unreadable, entry), ...found.diagnostics] };
  const isBootcs = entry.path.startsWith(`${bootcDirectory}/`);
  if (!isBootcs || kindOf(entry.name)?.isBootcs) return read;
  return { ...read, diagnostics: [diagnose('entry-in-bootc-directory', place, {}), ...read.diagnostics] };
}

function readEntry(root: RootView, entry: Entry, place: Place, search: () => UnitSearch): QuadletBindings {
  const searched = pathInSearch(root, entry.path, search());
  const unit = searched && search().units.get(nameOf(searched));
  if (searched === undefined || unit === undefined) {
    const resolved = root.resolve(entry.path);
    if (resolved.kind === 'null') return { bindings: [], diagnostics: [] };
    if (resolved.kind !== 'file') {
      const unreadable = isOfUnknownHost(root, resolved)
        ? diagnose('host-path-unknown', place, { what: 'unit', path: resolved.path })
        : diagnose('entry-unreadable', place, { problem: describeEnd(root, entry.path, resolved) });
      return { bindings: [], diagnostics: [unreadable] };
    }
    if (searched === undefined) return readElsewhere(root, entry, place, search);
    return { bindings: [], diagnostics: readLost(root, entry, searched, search) };
  }
  const read = readLoaded(root, unit, entry, search);
  const isOverride = unit.path !== searched;
  if (read.bindings.length === 0 && isMask(root, unit, isOverride)) return { bindings: [], diagnostics: [] };
  if (!isOverride) return read;
  const overridden = diagnose('unit-overridden', place, { linked: searched, loaded: unit.path });
  return { ...read, diagnostics: [overridden, ...read.diagnostics] };
}

/** Why quadlet does not load the unit at `path`, and what would be wrong with it if it did. */
function readLost(
  root: RootView,
  entry: Entry,
  path: RootPath,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const { repaired } = search();
  const refused = blamed(refusedDiagnostics(search(), path), entry);
  const unit = repaired().units.get(nameOf(path));
  if (unit === undefined || isUnreadable(unit) || isMask(root, unit, unit.path !== path)) return refused;
  return [...refused, ...readLoaded(root, unit, entry, repaired).diagnostics];
}

/**
 * Why quadlet does not load the unit at `path`. It may not even have looked there, when a file of the same name
 * comes first whose directory is lost.
 */
function refusedDiagnostics({ refused }: UnitSearch, path: RootPath): readonly Diagnostic[] {
  return [...refused.values()]
    .filter((unit) => nameOf(unit.path) === nameOf(path))
    .flatMap(({ diagnostics }) => diagnostics);
}

/**
 * A link to /dev/null, or as an override an empty file, takes the place of the unit; only a drop-in that says what to
 * run could bring it back.
 */
function isMask(root: RootView, { path, kind, section }: LoadedUnit, isOverride: boolean): boolean {
  const { byKey } = section(kind.section);
  if (whatRuns.some((key) => byKey.has(key))) return false;
  if (!isOverride) return root.resolve(path).kind === 'null';
  const content = root.readFile(path, { limitBytes: 1 });
  return content.ok && content.bytes.length === 0;
}

const whatRuns: readonly string[] = ['Image', 'Rootfs', 'Yaml', 'Artifact'];

/** A unit outside the search path, with no drop-ins: nothing but the entry knows it. */
function readElsewhere(
  root: RootView,
  entry: Entry,
  place: Place,
  search: () => UnitSearch,
): QuadletBindings {
  const { part, diagnostics: problems } = readUnit(root, entry.path);
  const diagnostics: Diagnostic[] = [...blamed(problems, entry)];
  if (root.entry(entry.path).kind === 'symlink') {
    const { path } = root.resolve(entry.path);
    const rule = isOfUsers(path) ? 'unit-rootless' : 'unit-outside-search-path';
    diagnostics.push(diagnose(rule, place, { path }));
  } else if (entry.path.startsWith(`${bootcDirectory}/`)) {
    diagnostics.push(diagnose('entry-not-a-link', place, {}));
  }
  const { name, path } = entry;
  const kind = kindOf(name);
  if (part === undefined || kind === undefined) return { bindings: [], diagnostics };
  const unit = loadedUnit({ name, kind, path, parts: [part], diagnostics: [] }, root);
  const read = readLoaded(root, unit, entry, search);
  return { ...read, diagnostics: [...diagnostics, ...read.diagnostics] };
}

function readLoaded(
  root: RootView,
  unit: LoadedUnit,
  entry: Entry,
  search: () => UnitSearch,
): QuadletBindings {
  const { bindings, diagnostics } = readLoadedUnit(root, unit, entry.name, search);
  return { unit, bindings, diagnostics: [...blamed(unit.diagnostics, entry), ...diagnostics] };
}

/** Findings of files that know no entry, with the entry that led to them. */
function blamed(diagnostics: readonly Diagnostic[], { name }: Entry): readonly Diagnostic[] {
  const entry = printable(name);
  return diagnostics.map((diagnostic) => ({ ...diagnostic, entry }));
}

/** As many links as the kernel follows. */
const hopLimit = 40;

function nameOf(path: RootPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The first path on the entry's way through its links that a unit has in a searched directory. */
function pathInSearch(root: RootView, path: RootPath, { directories }: UnitSearch): RootPath | undefined {
  let at = root.entry(path);
  for (let hops = 0; hops <= hopLimit; hops += 1) {
    if (directories.has(directoryOf(at.path)) && kindOf(at.path) !== undefined) return at.path;
    if (at.kind !== 'symlink') return undefined;
    at = root.entry(rootPath(at.target.startsWith('/') ? at.target : `${directoryOf(at.path)}/${at.target}`));
  }
  return undefined;
}

function directoryOf(path: RootPath): RootPath {
  return rootPath(path.slice(0, path.lastIndexOf('/')));
}

function describeEnd(root: RootView, path: RootPath, end: ReturnType<RootView['resolve']>): string {
  switch (end.kind) {
    case 'directory':
      return `${end.path} is a directory`;
    case 'file':
    case 'null':
    case 'other':
      return `${end.path} is not a regular file`;
    default:
      return describeProblemAt(root, path, end);
  }
}
