import { diagnose } from '../../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.js';
import type { ImageRequest, Requests } from '../../model/bound-image.js';
import { canonicalName, parseReference, type Reference } from '../../model/reference/reference.js';
import { isUnreadable, type UnitSearch } from '../unit/search.js';
import type { UnitValue } from '../unit/section.js';
import { readReference } from '../words/reference.js';
import { readImageUnit } from './image.js';

/** How an image is pulled that is named itself, and not by its `.image` unit. */
export type Pull = Pick<ImageRequest, 'options' | 'arguments' | 'globalArguments' | 'globalOptions'>;

/**
 * The image that a unit names: `name.image` stands for the image of that unit, pulled as that unit says;
 * `name.build` cannot be pulled at all; anything else is an image, pulled as `pull` says.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `handleImageSource`.
 */
export function readImageSource(image: UnitValue, pull: Pull, search: () => UnitSearch): Requests {
  const name = image.written;
  if (name.endsWith('.build') && search().units.has(name)) {
    return { requests: [], diagnostics: [diagnose('image-from-build', image.place, { name })] };
  }
  if (/\.(?:image|build)$/.test(name)) return readReferredImage(image, search());
  const { reference, diagnostics } = readReference(name, image.placeAt);
  return {
    requests: reference === undefined ? [] : [{ kind: 'image', reference, source: image.place, ...pull }],
    diagnostics,
  };
}

/** The image of the `.image` unit that another unit names, found by its file name and nothing else. */
function readReferredImage(image: UnitValue, search: UnitSearch): Requests {
  const name = image.written;
  const unit = search.units.get(name);
  const invalid = (problems: readonly Diagnostic[]): Requests => ({
    requests: [],
    diagnostics: [diagnose('image-unit-invalid', image.place, { name }), ...problems],
  });
  if (unit === undefined || isUnreadable(unit)) {
    const refused = [...search.refused.values()].find(({ path }) => path.endsWith(`/${name}`));
    if (refused !== undefined) return invalid(refused.diagnostics);
    return { requests: [], diagnostics: [diagnose('image-unit-missing', image.place, { name })] };
  }
  const { requests, runs, diagnostics } = readImageUnit(unit, image.place.entry, () => search);
  if (hasErrors(diagnostics)) return { ...invalid(diagnostics), requests };
  const all = [...unit.diagnostics, ...diagnostics];
  const [request] = requests;
  if (runs === undefined || request === undefined || namesImage(runs.written, request.reference)) {
    return { requests, diagnostics: all };
  }
  const differs = diagnose('image-tag-differs', runs.place, { name, tag: runs.written });
  return { requests, diagnostics: [differs, ...all] };
}

/** An archive may hold an image of any name; a registry serves the one that it is asked for. */
function namesImage(text: string, pulled: Reference): boolean {
  if (pulled.transport !== 'docker' || text === pulled.text) return true;
  const parsed = parseReference(text);
  return parsed.ok && canonicalName(parsed.reference) === canonicalName(pulled);
}
