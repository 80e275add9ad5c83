import { diagnose } from '../../diagnostic/diagnose.js';
import { hasErrors } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import { partOf, type SectionReader, type UnitValue } from '../unit/section.js';
import { isNameOf, type UnitSearch } from '../unit/unit.js';
import { parseMount } from '../words/mount.js';
import { readStoredArtifact, readStoredImage, readStoredName } from './stored-image.js';
import { readVolumeImage } from './volume.js';

/**
 * The images that `Volume=` and `Mount=` bring into a container: those of `.volume` units with the driver
 * image, and those of mounts of the types image and artifact. podman wants them in the store and does not pull them.
 * Source: podman pkg/specgen/generate/container_create.go; podman-run(1), `--mount`.
 */
export function readMountedImages(section: SectionReader, search: () => UnitSearch): Bindings {
  const read = [
    ...section.list('Volume').map((value) => {
      const colon = value.written.indexOf(':');
      return readVolume(partOf(value, 0, Math.max(0, colon)), search);
    }),
    ...section.words('Mount').map((value) => readMount(value, search)),
  ];
  return joined(read);
}

function joined(read: readonly Bindings[]): Bindings {
  return {
    bindings: read.flatMap(({ bindings }) => bindings),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

const nothing: Bindings = { bindings: [], diagnostics: [] };

function readMount(value: UnitValue, search: () => UnitSearch): Bindings {
  const mount = parseMount(value.written);
  if (mount.kind !== 'mount' || mount.source?.value === undefined) return nothing;
  const { offset } = mount.source;
  const source = partOf(value, offset, offset + mount.source.value.length);
  // A path is one on the host.
  if (source.written === '' || /^[./]/.test(source.written)) return nothing;
  if (isNameOf(source.written, 'volume')) return readVolume(source, search);
  if (mount.type === 'artifact') return readStoredArtifact(source, search);
  // That a unit is missing is among the refusals.
  const isMissing = isNameOf(source.written, 'image') && !search().units.has(source.written);
  return mount.type === 'image' && !isMissing ? readStoredImage(source, search) : nothing;
}

/**
 * The images that `--mount` in the podman arguments of a container brings into it; quadlet does not look at them,
 * so that an `.image` there is an ordinary name.
 */
export function readMountArguments(values: readonly UnitValue[]): Bindings {
  const read = values.map((value) => {
    const mount = parseMount(value.written);
    if (mount.kind !== 'mount' || mount.type !== 'image' || !mount.source?.value) return nothing;
    const { offset } = mount.source;
    return readStoredName(partOf(value, offset, offset + mount.source.value.length), null);
  });
  return joined(read);
}

/** The image of a `.volume` unit. What is wrong with the unit is wrong with who mounts it: it does not start. */
function readVolume(source: UnitValue, search: () => UnitSearch): Bindings {
  const unit = isNameOf(source.written, 'volume') ? search().units.get(source.written) : undefined;
  if (unit === undefined) return nothing;
  const volume = readVolumeImage(unit, source.place.entry, search);
  if (volume === undefined) return nothing;
  const diagnostics = [...unit.diagnostics, ...volume.diagnostics];
  if (!hasErrors(diagnostics)) return { ...volume, diagnostics };
  const invalid = diagnose('image-unit-invalid', source.place, { name: unit.name });
  return { ...volume, diagnostics: [invalid, ...diagnostics] };
}
