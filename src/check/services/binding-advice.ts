import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { RuleId } from '../../diagnostic/rules.js';
import { joinRootPath, type RootPath } from '../../model/path.js';
import { resolve } from '../../resolve/resolve.js';
import type { RootView } from '../../root/root-view.js';
import { defaultDirectories } from '../../scan/entries.js';
import { scan } from '../../scan/scan.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { printable } from '../../text/printable.js';
import { checkSubject } from '../check.js';
import type { Subject } from '../subject.js';

/** How a unit is bound: a link in `directory`, once nothing is wrong with the unit that `first` says. */
export interface BindingAdvice {
  readonly directory: RootPath;
  readonly first: Diagnostic | undefined;
}

/**
 * Where links to units are to be put, so that what check then says of them is no error: as if they were there already,
 * first in bootc's directory, where it reads such a unit at all.
 *
 * @param directories those of the entries, where they are not the default
 */
export function bindingAdvice(
  read: Pick<Subject, 'roots' | 'entries'>,
  units: readonly LoadedUnit[],
  directories?: readonly RootPath[],
): ReadonlyMap<LoadedUnit, BindingAdvice> {
  const choices = new Map(units.map((unit) => [unit, directoriesFor(unit, directories)]));
  const advice = new Map<LoadedUnit, BindingAdvice>();
  let open = units;
  for (let choice = 0; open.length > 0; choice += 1) {
    const links = new Map(open.map((unit) => [unit, (choices.get(unit) ?? [])[choice]]));
    const findings = findingsOf(read, links, directories);
    const next: LoadedUnit[] = [];
    for (const [unit, directory] of links) {
      if (directory === undefined) continue;
      const found = findings.get(printable(unit.name)) ?? [];
      advice.set(unit, { directory, first: found.find(({ severity }) => severity === 'error') });
      const hasNext = (choices.get(unit) ?? []).length > choice + 1;
      if (hasNext && found.some(({ rule, severity }) => severity === 'error' || ofBootc.has(rule)))
        next.push(unit);
    }
    open = next;
  }
  return advice;
}

function directoriesFor({ kind }: LoadedUnit, named?: readonly RootPath[]): readonly RootPath[] {
  const [bootcs, ...others] = defaultDirectories;
  const all = named ?? [...(bootcs === undefined || !kind.isBootcs ? [] : [bootcs]), ...others];
  return all.slice(0, 2);
}

/** With these, bootc reads a unit otherwise than podman does, and better not at all. */
const ofBootc: ReadonlySet<RuleId> = new Set(['bootc-authfile', 'bootc-image-unit', 'bootc-option-ignored']);

/** What is found about each entry, in a root with these links. */
function findingsOf(
  { roots, entries }: Pick<Subject, 'roots' | 'entries'>,
  links: ReadonlyMap<LoadedUnit, RootPath | undefined>,
  directories: readonly RootPath[] | undefined,
): ReadonlyMap<string, readonly Diagnostic[]> {
  const taken = new Set(entries.map(({ entry }) => entry.name));
  const targets = new Map(
    [...links].flatMap(([{ name, path }, directory]) =>
      directory === undefined || taken.has(name) ? [] : [[joinRootPath(directory, name), path] as const],
    ),
  );
  const withLinks = { ...roots, newRoot: linkedRoot(roots.newRoot, targets) };
  const scanned = scan(withLinks.newRoot, directories);
  const resolved = resolve(scanned.images, withLinks);
  const subject = { ...scanned, roots: withLinks, images: resolved.images };
  const byEntry = new Map<string, Diagnostic[]>();
  for (const finding of [...scanned.diagnostics, ...resolved.diagnostics, ...checkSubject(subject)]) {
    const { entry } = finding;
    if (entry === null) continue;
    const others = byEntry.get(entry);
    if (others === undefined) byEntry.set(entry, [finding]);
    else others.push(finding);
  }
  return byEntry;
}

/** The view of a root with links in directories that may not be there yet. */
function linkedRoot(root: RootView, targets: ReadonlyMap<RootPath, RootPath>): RootView {
  const names = new Map<string, string[]>();
  for (const link of targets.keys()) {
    const slash = link.lastIndexOf('/');
    const directory = link.slice(0, slash);
    const listed = names.get(directory) ?? [];
    listed.push(link.slice(slash + 1));
    names.set(directory, listed);
  }
  const targetOf = (path: RootPath) => targets.get(path) ?? path;
  return {
    ...root,
    resolve: (path) => root.resolve(targetOf(path)),
    entry: (path) => {
      const target = targets.get(path);
      const found = root.entry(path);
      return target === undefined ? found : { kind: 'symlink', path, target, hostPath: found.hostPath };
    },
    readFile: (path, options) => root.readFile(targetOf(path), options),
    readDirectory: (path) => {
      const listing = root.readDirectory(path);
      const added = names.get(path);
      if (added === undefined) return listing;
      if (listing.ok) return { ...listing, names: [...new Set([...listing.names, ...added])] };
      return { ok: true, names: added, path, hostPath: listing.problem.hostPath };
    },
    mode: (path) => root.mode(targetOf(path)),
  };
}
