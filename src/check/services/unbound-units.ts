import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { RuleId } from '../../diagnostic/rules.js';
import type { Binding, Bindings } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { builtImages } from '../../scan/quadlet/build.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import type { EntryBindings } from '../../scan/scan.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { append } from '../../text/append.js';
import { meantImages } from '../meant-images.js';
import type { Subject } from '../subject.js';
import { boundImages } from './bound-images.js';
import { otherVersions } from './other-versions.js';
import { requiredUnits } from './required-units.js';
import { type RootUnits, rootUnits } from './root-units.js';

/**
 * What is wrong with units that are no entries and run what is bound, by its name or through an `.image` unit; with the
 * units without which these, and entries, do not start; and with units that want another version than the bound one.
 * Some of this is found in units that entries lead to as well.
 */
export function checkUnboundUnits(subject: Subject): readonly Diagnostic[] {
  const { entries, roots } = subject;
  const meant = meantImages(roots.newRoot);
  const bindings = entries.flatMap((entry) => entry.bindings.map(meant));
  if (bindings.length === 0) return [];
  const all = rootUnits(subject);
  const starting = new Map<LoadedUnit, Starting>();
  for (const { entry, unit } of entries) {
    if (unit !== undefined) starting.set(unit, { entry: entry.name, read: undefined });
  }
  const others = [...all.units.values()].filter((unit) => !starting.has(unit) && all.isRun(unit));
  const find = boundImages(others.length === 0 ? [] : bindings);
  const bindingOf = (image: Binding) => find(meant(image));
  const wanted: Binding[] = [];
  for (const unit of others) {
    const read = all.read(unit);
    append(wanted, read.bindings.map(meant));
    const [bound] = read.bindings.flatMap((image) => bindingOf(image) ?? []);
    if (bound !== undefined) starting.set(unit, { entry: bound.source.entry, read });
  }
  addRequired(starting, all);
  const run = entries.flatMap((entry) => (isRunner(entry, all) ? entry.bindings.map(meant) : []));
  const built = builtImages(all.units.values());
  const pulled = wanted.filter((image) => !built.has(imageKey(image)));
  return [
    ...(pulled.length === 0 ? [] : otherVersions(bindings, run, pulled)),
    ...[...starting.values()].flatMap((unit) => ofService(unit, bindingOf)),
  ];
}

/** An `.image` unit runs nothing, and a volume or artifact only counts where something starts it. */
function isRunner({ unit }: EntryBindings, { isRun }: RootUnits): boolean {
  if (unit === undefined || unit.kind === kinds.image) return false;
  return unit.kind.needsImage !== 'where started' || isRun(unit);
}

/** A unit whose service is to start, as an image that it needs is bound. */
interface Starting {
  readonly entry: string | null;
  /** `undefined` where it is an entry’s. */
  readonly read: Bindings | undefined;
}

/** A map is walked to the units that are added on the way. */
function addRequired(starting: Map<LoadedUnit, Starting>, { units, read }: RootUnits): void {
  for (const [unit, { entry }] of starting) {
    for (const name of requiredUnits(unit)) {
      const required = units.get(name);
      if (required !== undefined && !starting.has(required))
        starting.set(required, { entry, read: read(required) });
    }
  }
}

/** Whether there is a service, and whether it starts. Other rules are about units that say how an image is pulled. */
const rulesOfServices: ReadonlySet<RuleId> = new Set([
  'image-and-rootfs',
  'image-empty',
  'image-missing',
  'image-unit-missing',
  'kube-yaml-unusable',
  'pull-policy-unknown',
  'pulled-at-boot',
  'retry-invalid',
  'service-replaced',
  'unit-directory-poisoned',
  'unit-drop-in-skipped',
  'unit-lost-continuation',
  'unit-missing',
  'unit-refused',
  'unit-unknown-key',
  'words-ignored',
]);

function ofService(
  { entry, read }: Starting,
  bindingOf: (image: Binding) => Binding | undefined,
): readonly Diagnostic[] {
  if (read === undefined) return [];
  const [main] = read.bindings;
  // It is about the image that a container runs, and not about those that it mounts.
  const isBound = main !== undefined && bindingOf(main) !== undefined;
  return read.diagnostics
    .filter(({ rule }) => rulesOfServices.has(rule) && (rule !== 'pulled-at-boot' || isBound))
    .map((finding) => ({ ...finding, entry }));
}
