import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { isMeant } from '../../diagnostic/did-you-mean.js';
import type { Assignment } from '../unit/file.js';
import type { SectionReader } from '../unit/section.js';
import type { LoadedUnit, QuadletKinds } from '../unit/unit.js';
import { list, mergeSection, positionIn, type SectionLines, single } from '../unit/values.js';
import { shownReference } from '../words/reference.js';

/**
 * Drop-ins that give a unit another image than its own file names: what boots is not what is seen where an entry
 * links to. A file without an image expects it from a drop-in, and is passed over.
 */
export function changedImage(unit: LoadedUnit, entry: string | null): readonly Diagnostic[] {
  const { section, keys } = unit.kind;
  const [own] = unit.parts;
  const alone = own && mergeSection([own], section);
  if (alone === undefined) return [];
  const merged = unit.section(section);
  return (['Image', 'ImageTag'] as const)
    .filter((key) => keys.has(key))
    .flatMap((key) => {
      const from = named(alone, key);
      const to = named(merged, key);
      const found = single(merged, key);
      if (found === undefined || found.assignment.source === own?.source || from === '' || from === to)
        return [];
      const place = { entry, file: found.assignment.source, ...positionIn(found, 0) };
      const args = { path: unit.path, from: shownReference(from), to: shownReference(to) };
      return [diagnose('image-changed-by-drop-in', place, args)];
    });
}

/** The image that a key names; without ImageTag=, other units run that of Image=. Empty where there is none. */
function named(section: SectionLines<Assignment>, key: 'Image' | 'ImageTag'): string {
  const [image = '', tag = ''] = ['Image', 'ImageTag'].map((name) => single(section, name)?.value);
  return key === 'ImageTag' && tag !== '' ? tag : image;
}

/**
 * That a unit names no image: said at its section, or at the header that stands in its place. Nothing where a key
 * is meant to be Image=, which is found as a key that quadlet does not know.
 */
export function missingImage(
  unit: LoadedUnit,
  { place }: SectionReader,
  kinds: QuadletKinds,
): readonly Diagnostic[] {
  if (isMisspelt(unit, 'Image')) return [];
  const { section } = unit.kind;
  const header = place.line === null ? mistakenHeader(unit, kinds) : undefined;
  if (header === undefined) return [diagnose('image-missing', place, { section })];
  const { name, source, line, column } = header;
  return [diagnose('image-missing', { ...place, file: source, line, column }, { section, written: name })];
}

/** Whether a key that quadlet does not know is a slip for `key`. */
export function isMisspelt(unit: LoadedUnit, key: string): boolean {
  const { section, keys } = unit.kind;
  const known = [...keys];
  return unit.section(section).assignments.some((assignment) => isMeant(key, assignment.key, known));
}

/** The header that is a slip for that of `section`, or else that of another type of unit. */
function mistakenHeader(unit: LoadedUnit, kinds: QuadletKinds) {
  const sections = [...kinds.values()].map(({ section }) => section);
  const headers = unit.parts.flatMap(({ unit: file, source }) =>
    file.sections.map(({ name, line, column }) => ({ name, source, line, column })),
  );
  return (
    headers.find(({ name }) => isMeant(unit.kind.section, name, [...sections, 'Quadlet'])) ??
    headers.find(({ name }) => sections.includes(name))
  );
}

/**
 * Every `Image=` of a section but the last of its file: quadlet takes the last one without a word. An empty one
 * says that those before it are not meant, and what a drop-in changes is found as such.
 */
export function repeatedImage(unit: LoadedUnit, entry: string | null): readonly Diagnostic[] {
  const images = list(unit.section(unit.kind.section), 'Image');
  return images.flatMap((image, index) => {
    const { source } = image.assignment;
    const last = images.slice(index + 1).findLast(({ assignment }) => assignment.source === source);
    if (last === undefined) return [];
    const place = { entry, file: source, ...positionIn(image, 0) };
    return [diagnose('image-given-twice', place, { line: last.assignment.line })];
  });
}
