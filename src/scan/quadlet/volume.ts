import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import { readSection, type SectionReader } from '../unit/section.js';
import type { LoadedUnit, UnitSearch } from '../unit/unit.js';
import { globalArguments } from '../words/global-arguments.js';
import { commonRefusals } from './refusals/common.js';
import { readStoredImage } from './stored-image.js';
import { changedImage, missingImage, repeatedImage } from './written-image.js';

/** Podman 5.8, whose newest keys an older podman refuses. */
export const volumeKeys: ReadonlySet<string> = new Set(
  (
    'ContainersConfModule Copy Device Driver GlobalArgs Group Image Label Options PodmanArgs ' +
    'ServiceName Type User VolumeName'
  ).split(' '),
);

export const volumeKeysOf6: ReadonlySet<string> = new Set(['GID', 'UID']);

/**
 * Why quadlet makes no service of a `.volume` unit, apart from its image: with the driver image no other key counts.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertVolume` (5.8 and 6.1).
 */
export function volumeRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const common = commonRefusals(unit, entry, search);
  const section = readSection(unit, 'Volume', entry, []);
  if (isOfImage(section) || section.single('Device') !== undefined) return common;
  const lost = ['Type', 'Options'].flatMap((key) => {
    const value = section.single(key);
    if (value === undefined || (key === 'Options' && search().podman.isSix())) return [];
    const refused = { reason: `${key}= is set without Device=`, hint: 'add Device=' };
    return [diagnose('unit-refused', value.place, refused)];
  });
  return [...common, ...lost];
}

function isOfImage(section: SectionReader): boolean {
  return section.given('Driver')?.written === 'image';
}

/** What a `.volume` unit binds: its image, if it is one of an image. */
export function readVolumeUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Bindings {
  const image = readVolumeImage(unit, entry, search);
  if (image !== undefined) return image;
  const { place } = readSection(unit, 'Volume', entry, []);
  const none = diagnose('volume-binds-nothing', place, {});
  return { bindings: [], diagnostics: [...volumeRefusals(unit, entry, search), none] };
}

/**
 * The image of a `.volume` unit with the driver image, which counts no other key; `undefined` for all others.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertVolume`.
 */
export function readVolumeImage(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Bindings | undefined {
  const diagnostics: Diagnostic[] = [];
  const section = readSection(unit, 'Volume', entry, diagnostics);
  if (!isOfImage(section)) return undefined;
  // They are for `podman volume create` alone, which pulls nothing.
  const { diagnostics: refused } = globalArguments(section);
  const findings = [
    ...diagnostics,
    ...refused,
    ...volumeRefusals(unit, entry, search),
    ...changedImage(unit, entry),
    ...repeatedImage(unit, entry),
  ];
  const image = section.given('Image');
  if (image === undefined || image.written === '') {
    const missing =
      image === undefined
        ? missingImage(unit, section, search().kinds)
        : [diagnose('image-empty', image.place, {})];
    return { bindings: [], diagnostics: [...findings, ...missing] };
  }
  const read = readStoredImage(image, search);
  return { ...read, diagnostics: [...findings, ...read.diagnostics] };
}
