import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { nowhere } from '../../diagnostic/place.js';
import type { PullOptions } from '../../model/bound-image.js';
import { optionWords } from '../../scan/join.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import type { EntryBindings } from '../../scan/scan.js';
import { readSection } from '../../scan/unit/section.js';
import { extensionOf, isNameOf, type UnitSearch } from '../../scan/unit/unit.js';
import { positionIn } from '../../scan/unit/values.js';
import { bootcPulls, isBootcs } from './bootc.js';

/**
 * What bootc makes of an entry in its directory beyond its `Image=`: it goes by the name of the link, refuses
 * `AuthFile=`, knows no other units and no options. Source: bootc crates/lib/src/boundimage.rs; bootc
 * docs/src/logically-bound-images.md, “Limitations”.
 */
export function checkBootcEntry(read: EntryBindings, units: () => UnitSearch): readonly Diagnostic[] {
  if (!isBootcs(read.entry)) return [];
  const refused = [...otherType(read), ...refusedAuthFile(read)].slice(0, 1);
  return refused.length > 0 ? refused : [...unknownUnit(read, units), ...ignoredOptions(read)];
}

/** Of the other type, bootc finds no `Image=` where it looks for it. */
function otherType({ entry, unit }: EntryBindings): readonly Diagnostic[] {
  if (unit === undefined) return [];
  const [taken, type] = [extensionOf(entry.name), unit.kind.extension];
  const place = { ...nowhere, entry: entry.name, file: entry.path };
  return taken === type
    ? []
    : [diagnose('bootc-link-name', place, { name: unit.name, taken, type, isBootcs: unit.kind.isBootcs })];
}

/** bootc reads the unit’s own file, and no drop-in. */
function refusedAuthFile({ entry, unit }: EntryBindings): readonly Diagnostic[] {
  const own = unit?.parts[0]?.source;
  const assignments = unit?.section('Image').byKey.get('AuthFile') ?? [];
  const assignment = assignments.find(({ source }) => source === own);
  if (assignment === undefined) return [];
  const position = positionIn({ value: assignment.value, assignment, offset: 0 }, 0);
  return [diagnose('bootc-authfile', { entry: entry.name, file: assignment.source, ...position }, {})];
}

function unknownUnit({ entry, unit }: EntryBindings, units: () => UnitSearch): readonly Diagnostic[] {
  if (unit === undefined || unit.kind !== kinds.container) return [];
  const image = readSection(unit, 'Container', entry.name, []).single('Image');
  if (image === undefined || !isNameOf(image.written, 'image') || !units().units.has(image.written))
    return [];
  return [diagnose('bootc-image-unit', image.place, { name: image.written })];
}

/** A password and TLS without verification are no good anywhere, and have findings of their own. */
const ignored = [
  'authfile',
  'certDir',
  'decryptionKey',
  'arch',
  'os',
  'variant',
] as const satisfies readonly (keyof PullOptions)[];

function ignoredOptions(read: EntryBindings): readonly Diagnostic[] {
  const binding = read.bindings.find((candidate) => bootcPulls(read, candidate));
  const given = ignored.flatMap((name) => {
    const option = binding?.options[name];
    return option === undefined ? [] : [{ name, place: option.place }];
  });
  // One word may give several: `--platform=linux/arm64`.
  const first = given.filter(
    ({ place }, index) => given.findIndex((other) => other.place === place) === index,
  );
  return first.map(({ name, place }) =>
    diagnose('bootc-option-ignored', place, { option: optionWords[name] }),
  );
}
