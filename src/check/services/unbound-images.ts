import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { RuleId } from '../../diagnostic/rules.js';
import type { Binding } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { joinRootPath, type RootPath } from '../../model/path.js';
import { nameOf } from '../../root/walk.js';
import { overrideDirectory } from '../../scan/entries.js';
import { builtImages } from '../../scan/quadlet/build.js';
import { kindOf } from '../../scan/quadlet/kinds.js';
import { readLoadedUnit } from '../../scan/quadlet/read.js';
import { scan } from '../../scan/scan.js';
import { isOfUsers } from '../../scan/unit/searched-directories.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { append } from '../../text/append.js';
import { meantImages } from '../meant-images.js';
import type { Subject } from '../subject.js';
import { type BindingAdvice, bindingAdvice } from './binding-advice.js';
import { boundImages, firstBy } from './bound-images.js';
import { startedBy } from './started.js';

type Read = Pick<Subject, 'roots' | 'entries' | 'units'>;

/** An image that a unit will want at boot and that nothing binds. */
export interface UnboundImage {
  readonly unit: LoadedUnit;
  readonly image: Binding;
  /** The path that masks the entry which would bind it. */
  readonly mask: RootPath | null;
  /** Undefined where there is no directory for such a link. */
  readonly advice: BindingAdvice | undefined;
  /** What `check` says of it, at the place that names the image. */
  readonly finding: Diagnostic;
}

/**
 * The images that units of a root will want at boot and that nothing binds, once for each unit, and the units of which
 * nobody knows whether they will want one.
 *
 * @param directories those of the entries, where they are not the default
 * @param linked where links to units may be put: the same, unless it is decided
 */
export function findUnbound(
  read: Read,
  directories?: readonly RootPath[],
  linked = directories,
): { readonly unbound: readonly UnboundImage[]; readonly unknown: readonly Diagnostic[] } {
  const { wanted, unknown } = wantedImages(read);
  const meant = meantImages(read.roots.newRoot);
  const bindingOf = boundImages(read.entries.flatMap(({ bindings }) => bindings.map(meant)));
  const unbound = wanted.filter(({ image }) => bindingOf(meant(image)) === undefined);
  if (unbound.length === 0) return { unbound: [], unknown };
  const maskedBindingOf = boundImages(maskedBindings(read, directories).map(meant));
  const units = [...new Set(unbound.map(({ unit }) => unit))];
  const adviceOf = bindingAdvice(read, units, linked);
  return {
    unbound: unbound.map(({ unit, image }) => {
      const entry = maskedBindingOf(meant(image))?.source.entry;
      const mask = entry ? joinRootPath(overrideDirectory, entry) : null;
      const advice = adviceOf.get(unit);
      const { directory = '', first } = advice ?? {};
      const args = {
        reference: image.reference.text,
        unit: unit.path,
        directory,
        first: first === undefined ? null : (first.hint ?? `first correct this: ${first.message}`),
        mask,
      };
      return { unit, image, mask, advice, finding: diagnose('image-unbound', image.source, args) };
    }),
    unknown,
  };
}

/** The same as findings. */
export function unboundImages(read: Read, directories?: readonly RootPath[]): readonly Diagnostic[] {
  const { unbound, unknown } = findUnbound(read, directories);
  return [...unbound.map(({ finding }) => finding), ...unknown];
}

interface Wanted {
  readonly unit: LoadedUnit;
  readonly image: Binding;
}

/** What root’s services will want, each image once for each unit, and what nobody knows of them. */
function wantedImages({ roots, entries, units }: Read): {
  readonly wanted: readonly Wanted[];
  readonly unknown: readonly Diagnostic[];
} {
  const search = units();
  const all = [...search.units.values()];
  const isStarted = startedBy(all);
  const built = builtImages(all);
  const wanted: Wanted[] = [];
  // What is wrong with these is said as errors.
  const bound = new Set(entries.map(({ unit }) => unit?.path));
  const names = new Set(entries.map(({ entry }) => entry.name));
  const unknown: Diagnostic[] = [...search.refused.values()].flatMap(({ path, diagnostics }) => {
    // Of the others nobody knows whether they want one.
    const isWanted = kindOf(path)?.needsImage === 'always';
    return !isWanted || isOfUsers(path) || names.has(nameOf(path)) ? [] : unknownImage(path, diagnostics);
  });
  for (const unit of all) {
    if (isOfUsers(unit.path) || isMasked(unit)) continue;
    if (unit.kind.needsImage === 'where started' && !isStarted(unit)) continue;
    const { bindings, diagnostics } = readLoadedUnit(roots.newRoot, unit, null, units);
    const problems = diagnostics.filter(({ rule }) => refusing.has(rule) || hiding.has(rule));
    if (!bound.has(unit.path)) {
      const others = problems.filter(({ file }) => file === unit.path || !bound.has(file as RootPath));
      append(unknown, unknownImage(unit.path, others));
    }
    // No service, no image.
    if (problems.some(({ rule, severity }) => severity === 'error' && refusing.has(rule))) continue;
    const pulled = bindings.filter((image) => !built.has(imageKey(image)));
    append(
      wanted,
      [...firstBy(pulled, imageKey).values()].map((image) => ({ unit, image })),
    );
  }
  return { wanted, unknown };
}

/** A mask is a unit without a section. */
function isMasked({ parts }: LoadedUnit): boolean {
  return parts.every(({ unit }) => unit.sections.length === 0);
}

/** What leaves a unit without a service, or keeps it from starting. */
const refusing: ReadonlySet<RuleId> = new Set([
  'image-and-rootfs',
  'image-empty',
  'image-missing',
  'image-unit-missing',
  'pull-policy-unknown',
  'retry-invalid',
  'service-replaced',
  'unit-missing',
  'unit-refused',
  'unit-unknown-key',
]);

/** What says that an image is wanted, and not which. */
const hiding: ReadonlySet<RuleId> = new Set([
  'environment-expansion',
  'host-path-unknown',
  'image-unit-invalid',
  'kube-yaml-unusable',
  'reference-invalid',
  'specifier',
  'value-encoding',
]);

/** Said once for each unit: what follows is mostly a consequence. */
function unknownImage(unit: RootPath, problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const [problem] = problems.filter(({ severity }) => severity !== 'warning');
  if (problem === undefined) return [];
  const { file, line, column, message } = problem;
  return [diagnose('image-unknown', { entry: null, file, line, column }, { unit, problem: message })];
}

/** What would be bound but for the masks of `/etc`, beside what replaces entries there. */
function maskedBindings(
  { roots, entries }: Read,
  directories: readonly RootPath[] | undefined,
): readonly Binding[] {
  const { newRoot } = roots;
  const withoutOverrides = scan(
    {
      ...newRoot,
      readDirectory: (path) => {
        const listing = newRoot.readDirectory(path);
        return path === overrideDirectory && listing.ok ? { ...listing, names: [] } : listing;
      },
    },
    directories,
  );
  const there = new Set(entries.map(({ entry }) => entry.name));
  return withoutOverrides.entries.flatMap(({ entry, bindings }) => (there.has(entry.name) ? [] : bindings));
}
