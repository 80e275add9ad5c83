import { diagnose } from '../diagnostic/diagnose.js';
import { type Diagnostic, withoutRepeats } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import { kinds } from '../scan/quadlet/kinds.js';
import type { EntryBindings } from '../scan/scan.js';
import { isOfUsers } from '../scan/unit/searched-directories.js';
import { readSection } from '../scan/unit/section.js';
import { checkBootcEntry } from './bootc/entries.js';
import { unseenBootcStore } from './bootc/store.js';
import { type BoundService, boundServices } from './services/bound-services.js';
import { checkConnection } from './services/connections.js';
import { checkImageUnit } from './services/image-units.js';
import type { Subject } from './subject.js';

/** Bound units whose services do not run what was bound, or need the registry all the same. */
export function checkServices(subject: Subject): readonly Diagnostic[] {
  const { imageUnits, runners } = boundServices(subject);
  const ofEntries = subject.entries.flatMap((read) => [
    ...checkUser(read),
    ...checkBootcEntry(read, subject.units),
    ...read.bindings.flatMap((binding) =>
      checkConnection(binding, () => [...(read.unit ? [read.unit] : []), ...subject.units().units.values()]),
    ),
  ]);
  // An option that is to go for bootc’s sake is not to go for another reason as well.
  const ignored = new Set(ofEntries.filter(({ rule }) => rule === 'bootc-option-ignored').map(placeText));
  const ofImageUnits = imageUnits
    .filter(({ isStarted }) => isStarted)
    .flatMap(checkImageUnit)
    .filter((found) => !ignored.has(placeText(found)));
  return withoutRepeats([
    ...ofEntries,
    ...ofImageUnits,
    ...runners.flatMap(checkAutoUpdate),
    ...unseenBootcStore(subject),
  ]);
}

function placeText({ file, line, column }: Place): string {
  return JSON.stringify([file, line, column]);
}

/** Root’s quadlet leaves out the units for users of /etc, which the scan says, and reads those of /usr (6.1, too). */
function checkUser({ entry, unit }: EntryBindings): readonly Diagnostic[] {
  if (unit === undefined || !isOfUsers(unit.path)) return [];
  const place: Place = { entry: entry.name, file: entry.path, line: null, column: null };
  return [diagnose('unit-rootless', place, { path: unit.path })];
}

/** Source: podman-auto-update(1). */
function checkAutoUpdate({ unit, entry }: BoundService): readonly Diagnostic[] {
  const isKube = unit.kind === kinds.kube;
  const section = readSection(unit, unit.kind.section, entry, []);
  const policies = isKube ? section.list('AutoUpdate') : [section.single('AutoUpdate')];
  return policies.flatMap((policy) =>
    policy === undefined || policy.written === 'disabled' || policy.written.endsWith('/disabled')
      ? []
      : [diagnose('unit-auto-update', policy.place, {})],
  );
}
