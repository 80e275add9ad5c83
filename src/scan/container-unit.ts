import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { canonicalName, parseReference, type Reference } from '../reference/reference.js';
import { type ImageRequest, noPullOptions } from './bound-image.js';
import { globalArguments, readImageUnit } from './image-unit.js';
import { optionArguments } from './option-arguments.js';
import { readRunArguments } from './podman-arguments.js';
import { containerRefusals } from './refusals/container.js';
import { readReference } from './requested-reference.js';
import { readSection, type UnitValue } from './unit-reader.js';
import type { LoadedUnit, UnitSearch } from './unit-search.js';

/** What a `.container` unit wants pulled. */
export interface ContainerUnit {
  readonly request: ImageRequest | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a `.container` unit. `Image=name.image` stands for the image of that unit, pulled as that unit says;
 * `Image=name.build` cannot be pulled at all.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertContainer` and `handleImageSource`.
 */
export function readContainerUnit(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): ContainerUnit {
  const diagnostics: Diagnostic[] = [...containerRefusals(unit, entry, search)];
  const section = readSection(unit, 'Container', entry, diagnostics);
  const image = section.single('Image');
  const rootfs = section.single('Rootfs');
  if (image === undefined) {
    if (rootfs === undefined)
      diagnostics.push(diagnose('image-missing', section.place, { section: 'Container' }));
    else diagnostics.push(diagnose('rootfs-binds-nothing', rootfs.place, {}));
    return { request: undefined, diagnostics };
  }
  if (rootfs !== undefined) {
    diagnostics.push(diagnose('image-and-rootfs', rootfs.place, {}));
    return { request: undefined, diagnostics };
  }
  if (image.written.endsWith('.build')) {
    diagnostics.push(diagnose('image-from-build', image.place, { name: image.written }));
    return { request: undefined, diagnostics };
  }
  if (image.written.endsWith('.image')) {
    const referred = readReferredImage(image, entry, search());
    return { request: referred.request, diagnostics: [...diagnostics, ...referred.diagnostics] };
  }
  const { reference, diagnostics: problems } = readReference(image.written, image.placeAt);
  const words = readRunArguments(section.words('PodmanArgs').map(section.decoded));
  diagnostics.push(...problems, ...words.diagnostics);
  const { diagnostics: refused, ...global } = globalArguments(section);
  diagnostics.push(...refused);
  if (reference === undefined) return { request: undefined, diagnostics };
  const options = { ...noPullOptions, ...words.options };
  return {
    request: { reference, source: image.place, options, arguments: optionArguments(options), ...global },
    diagnostics,
  };
}

/** The image of the `.image` unit that a container names, found by its file name and nothing else. */
function readReferredImage(image: UnitValue, entry: string | null, search: UnitSearch): ContainerUnit {
  const name = image.written;
  const unit = search.units.get(name);
  if (unit === undefined) {
    const refused = [...search.refused.values()].find(({ path }) => path.endsWith(`/${name}`));
    if (refused === undefined) {
      return { request: undefined, diagnostics: [diagnose('image-unit-missing', image.place, { name })] };
    }
    const invalid = diagnose('image-unit-invalid', image.place, { name });
    return { request: undefined, diagnostics: [invalid, ...refused.diagnostics] };
  }
  const { request, runs, diagnostics } = readImageUnit(unit, entry, () => search);
  if (request === undefined || hasErrors(diagnostics)) {
    return { request, diagnostics: [diagnose('image-unit-invalid', image.place, { name }), ...diagnostics] };
  }
  const all = [...unit.diagnostics, ...diagnostics];
  if (runs === undefined || namesImage(runs.written, request.reference)) return { request, diagnostics: all };
  const differs = diagnose('image-tag-differs', runs.place, { name, tag: runs.written });
  return { request, diagnostics: [differs, ...all] };
}

/** An archive may hold an image of any name; a registry serves the one that it is asked for. */
function namesImage(text: string, pulled: Reference): boolean {
  if (pulled.transport !== 'docker' || text === pulled.text) return true;
  const parsed = parseReference(text);
  return parsed.ok && canonicalName(parsed.reference) === canonicalName(pulled);
}
