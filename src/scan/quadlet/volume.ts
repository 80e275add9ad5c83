import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Requests } from '../../model/bound-image.js';
import type { LoadedUnit, UnitSearch } from '../unit/search.js';
import { readSection } from '../unit/section.js';
import { globalArguments } from '../words/global-arguments.js';
import { commonRefusals } from './refusals/common.js';
import { readStoredImage } from './stored-image.js';
import { changedImage, missingImage, repeatedImage } from './written-image.js';

/** What a `.volume` unit wants at boot. */
export function readVolumeUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Requests {
  const image = readVolumeImage(unit, entry, search);
  if (image !== undefined) return image;
  const diagnostics: Diagnostic[] = [...commonRefusals(unit, 'Volume', entry, search)];
  const section = readSection(unit, 'Volume', entry, diagnostics);
  const device = section.single('Device');
  for (const key of ['Type', 'Options']) {
    const value = section.single(key);
    if (value === undefined || device !== undefined) continue;
    const reason = `${key}= is set without Device=`;
    diagnostics.push(diagnose('unit-refused', value.place, { reason, hint: 'add Device=' }));
  }
  diagnostics.push(diagnose('volume-binds-nothing', section.place, {}));
  return { requests: [], diagnostics };
}

/**
 * The image of a `.volume` unit with the driver image, which counts no other key; `undefined` for all others.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertVolume`.
 */
export function readVolumeImage(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Requests | undefined {
  const diagnostics: Diagnostic[] = [];
  const section = readSection(unit, 'Volume', entry, diagnostics);
  if (section.given('Driver')?.written !== 'image') return undefined;
  // They are for `podman volume create` alone, which pulls nothing.
  const { diagnostics: refused } = globalArguments(section);
  const findings = [
    ...diagnostics,
    ...refused,
    ...commonRefusals(unit, 'Volume', entry, search),
    ...changedImage(unit, 'Volume', entry),
    ...repeatedImage(unit, 'Volume', entry),
  ];
  const image = section.given('Image');
  if (image === undefined || image.written === '') {
    const missing =
      image === undefined
        ? missingImage(unit, 'Volume', section)
        : [diagnose('image-empty', image.place, {})];
    return { requests: [], diagnostics: [...findings, ...missing] };
  }
  const read = readStoredImage(image, search);
  return { ...read, diagnostics: [...findings, ...read.diagnostics] };
}
