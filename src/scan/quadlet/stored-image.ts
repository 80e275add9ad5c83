import { diagnose } from '../../diagnostic/diagnose.js';
import { hasErrors } from '../../diagnostic/diagnostic.js';
import { type Bindings, noPullOptions } from '../../model/bound-image.js';
import type { UnitValue } from '../unit/section.js';
import { isNameOf, isUnreadable, type UnitSearch } from '../unit/unit.js';
import { readUnitReference } from '../words/reference.js';
import { readArtifactUnit } from './artifact.js';
import { isBuiltHere } from './build.js';
import { readImageSource } from './image-source.js';
import type { Pull } from './pull.js';

/** podman does not pull for a mount: nothing says how. */
const noPull: Pull = {
  options: noPullOptions,
  arguments: [],
  globalArguments: [],
  globalOptions: [],
};

/** An image that podman must find in the store: an `.image` unit pulls it, and otherwise nothing does. */
export function readStoredImage(image: UnitValue, search: () => UnitSearch): Bindings {
  const isUnits =
    isNameOf(image.written, 'image', 'build') || isBuiltHere(image.written, search().units.values());
  return isUnits ? readImageSource(image, noPull, search) : readStoredName(image, 'image');
}

/**
 * The same for the name of an image itself.
 * @param unit the kind of unit that may be named in its place; null where podman reads the name, and not quadlet
 */
export function readStoredName(image: UnitValue, unit: 'image' | 'artifact' | null): Bindings {
  const { reference, diagnostics } = readUnitReference(image);
  if (reference === undefined) return { bindings: [], diagnostics };
  const missed = diagnose('image-pulled-by-none', image.place, { reference: image.written, unit });
  return {
    bindings: [{ kind: 'image', reference, source: image.place, ...noPull }],
    diagnostics: [...diagnostics, missed],
  };
}

/** An artifact that podman must find in the store: an `.artifact` unit pulls it, and otherwise nothing does. */
export function readStoredArtifact(artifact: UnitValue, search: () => UnitSearch): Bindings {
  const name = artifact.written;
  if (!isNameOf(name, 'artifact')) {
    const read = readStoredName(artifact, 'artifact');
    return { ...read, bindings: read.bindings.map((binding) => ({ ...binding, kind: 'artifact' })) };
  }
  const unit = search().units.get(name);
  // That a unit is missing is among the refusals.
  if (unit === undefined || isUnreadable(unit)) return { bindings: [], diagnostics: [] };
  const read = readArtifactUnit(unit, artifact.place.entry, search);
  const diagnostics = [...unit.diagnostics, ...read.diagnostics];
  if (!hasErrors(diagnostics)) return { ...read, diagnostics };
  const invalid = diagnose('image-unit-invalid', artifact.place, { name });
  return { ...read, diagnostics: [invalid, ...diagnostics] };
}
