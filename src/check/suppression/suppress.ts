import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { nowhere, type Place } from '../../diagnostic/place.js';
import { fixes } from '../../diagnostic/rules/fixes.js';
import { online } from '../../diagnostic/rules/online.js';
import type { RuleId } from '../../diagnostic/rules.js';
import { rootPath } from '../../model/path.js';
import type { RootView } from '../../root/root-view.js';
import { kindOf } from '../../scan/quadlet/kinds.js';
import type { UnitSearch } from '../../scan/unit/unit.js';
import { memoized } from '../../text/memoized.js';
import type { Subject } from '../subject.js';
import { readComments } from './comments.js';
import { marker, type ReadSuppressions, readSuppressions, type Suppression } from './suppressions.js';

/** Nothing counts of what such a file says, its comments neither. */
const refusesFile: ReadonlySet<RuleId> = new Set([
  'toml-encoding',
  'toml-syntax',
  'unit-syntax',
  'unit-drop-in-skipped',
]);

/** Not everything is looked for in such a file, so that no comment there is unused. */
const hidesFindings: ReadonlySet<RuleId> = new Set(['unit-directory-poisoned', 'kube-yaml-unusable']);

/**
 * Whether these are looked for depends on the options of the run, or on whether the root is whole, so that no comment is
 * unused because of them.
 */
const notAlways: ReadonlySet<string> = new Set([
  'image-unbound',
  'short-name-unresolved',
  ...Object.keys(online),
  ...Object.keys(fixes),
]);

/**
 * The findings that no comment suppresses, and what is wrong with the comments that were to do so. A comment in a
 * unit, a unit’s drop-in, a TOML drop-in or YAML is about one line, and about what is found in the file as a whole.
 *
 * Comments are looked for in the TOML drop-ins, in the units that boot for the entries, in the drop-ins of these, in
 * the YAML that names their images, and in every other file that a finding names, but not where it is a finding about
 * a link. A unit that nothing binds and that no finding names is not read for them.
 */
export function suppress(diagnostics: readonly Diagnostic[], subject: Subject): readonly Diagnostic[] {
  const { newRoot } = subject.roots;
  // One file may have been found through several links.
  const resolved = memoized((file: string): string => newRoot.resolve(rootPath(file)).path);
  const targetOf = ({ file }: Pick<Place, 'file'>) => (file === null ? '' : resolved(file));

  const refused = new Set(diagnostics.filter(({ rule }) => refusesFile.has(rule)).map(targetOf));
  const read = new Map<string, ReadSuppressions>();
  const named = diagnostics.filter(({ file, line }) => line !== null || !isLink(newRoot, file));
  for (const { entry, file } of [...filesOf(subject), ...named]) {
    const target = targetOf({ file });
    if (file === null || read.has(target) || refused.has(target)) continue;
    const comments = readComments(newRoot, file, marker);
    read.set(target, readSuppressions(comments, { ...nowhere, entry, file }));
  }

  const used = new Set<Suppression>();
  const shown = diagnostics.filter((diagnostic) => {
    const known = read.get(targetOf(diagnostic))?.suppressions ?? [];
    const matching = known.filter((suppression) => isAbout(suppression, diagnostic));
    for (const each of matching) used.add(each);
    return matching.length === 0;
  });
  const incomplete = new Set(diagnostics.filter(({ rule }) => hidesFindings.has(rule)).map(targetOf));
  const unused = [...read]
    .flatMap(([target, { suppressions }]) => (incomplete.has(target) ? [] : suppressions))
    .filter((each) => !used.has(each) && !notAlways.has(each.rule))
    .map(({ rule, place }) => diagnose('suppression-unused', place, { rule }));
  return [...shown, ...unused, ...[...read.values()].flatMap((file) => file.diagnostics)];
}

function isAbout({ rule, lines }: Suppression, diagnostic: Diagnostic): boolean {
  return rule === diagnostic.rule && (diagnostic.line === null || lines.includes(diagnostic.line));
}

function isLink(root: RootView, file: string | null): boolean {
  return file !== null && root.entry(rootPath(file)).kind === 'symlink';
}

/** What was read for the entries. An image may stand in another unit than that of the entry. */
function filesOf({ entries, units }: Subject): readonly Pick<Place, 'entry' | 'file'>[] {
  return entries.flatMap(({ entry, unit, bindings }) => {
    const others = bindings.flatMap(({ source }) => filesBehind(source.file, units));
    const own = unit?.parts.map(({ source }) => source) ?? [];
    const dropIn = entry.kind === 'drop-in' ? [entry.path] : [];
    return [...dropIn, ...own, ...others].map((file) => ({ entry: entry.name, file }));
  });
}

function filesBehind(file: string | null, units: () => UnitSearch): readonly string[] {
  if (file === null) return [];
  if (kindOf(file) === undefined) return [file];
  const unit = units().units.get(file.slice(file.lastIndexOf('/') + 1));
  return unit?.parts.map(({ source }) => source) ?? [];
}
