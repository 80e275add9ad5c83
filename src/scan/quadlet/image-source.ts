import { diagnose } from '../../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import { canonicalName, parseReference, type Reference } from '../../model/reference/reference.js';
import type { UnitValue } from '../unit/section.js';
import { isNameOf, isUnreadable, type UnitSearch } from '../unit/unit.js';
import { readUnitReference } from '../words/reference.js';
import { isBuiltHere } from './build.js';
import { readImageUnit } from './image.js';
import type { Pull } from './pull.js';

/**
 * The image that a unit names: `name.image` stands for the image of that unit, pulled as that unit says;
 * `name.build` cannot be pulled at all; anything else is an image, pulled as `pull` says.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `handleImageSource`.
 */
export function readImageSource(image: UnitValue, pull: Pull, search: () => UnitSearch): Bindings {
  const name = image.written;
  if (isNameOf(name, 'build') && search().units.has(name)) {
    return { bindings: [], diagnostics: [diagnose('image-from-build', image.place, { name })] };
  }
  if (isNameOf(name, 'image', 'build')) return readReferredImage(image, search());
  if (isBuiltHere(name, search().units.values())) {
    return { bindings: [], diagnostics: [diagnose('image-from-build', image.place, { name })] };
  }
  const { reference, diagnostics } = readUnitReference(image);
  return {
    bindings: reference === undefined ? [] : [{ kind: 'image', reference, source: image.place, ...pull }],
    diagnostics,
  };
}

/** The image of the `.image` unit that another unit names, found by its file name and nothing else. */
function readReferredImage(image: UnitValue, search: UnitSearch): Bindings {
  const name = image.written;
  const unit = search.units.get(name);
  const invalid = (problems: readonly Diagnostic[]): Bindings => ({
    bindings: [],
    diagnostics: [diagnose('image-unit-invalid', image.place, { name }), ...problems],
  });
  if (unit === undefined || isUnreadable(unit)) {
    const refused = [...search.refused.values()].find(({ path }) => path.endsWith(`/${name}`));
    if (refused !== undefined) return invalid(refused.diagnostics);
    return {
      bindings: [],
      diagnostics: [diagnose('image-unit-missing', image.place, { name, isBuild: isNameOf(name, 'build') })],
    };
  }
  const { bindings, runs, diagnostics } = readImageUnit(unit, image.place.entry, () => search);
  if (hasErrors(diagnostics)) return { ...invalid(diagnostics), bindings };
  const all = [...unit.diagnostics, ...diagnostics];
  const [binding] = bindings;
  if (runs === undefined || binding === undefined || namesImage(runs.written, binding.reference)) {
    return { bindings, diagnostics: all };
  }
  const differs = diagnose('image-tag-differs', runs.place, { name, tag: runs.written });
  return { bindings, diagnostics: [differs, ...all] };
}

/** An archive may hold an image of any name; a registry serves the one that it is asked for. */
function namesImage(text: string, pulled: Reference): boolean {
  if (pulled.transport !== 'docker' || text === pulled.text) return true;
  const parsed = parseReference(text);
  return parsed.ok && canonicalName(parsed.reference) === canonicalName(pulled);
}
