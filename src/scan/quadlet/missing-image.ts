import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { isMeant } from '../../diagnostic/did-you-mean.js';
import type { LoadedUnit } from '../unit/search.js';
import type { SectionReader } from '../unit/section.js';
import { type QuadletSection, quadletKeys, quadletSections } from './quadlet-keys.js';

/**
 * That a unit names no image: said at its section, or at the header that stands in its place. Nothing where a key
 * is meant to be Image=, which is found as a key that quadlet does not know.
 */
export function missingImage(
  unit: LoadedUnit,
  section: 'Container' | 'Image' | 'Volume',
  { place }: SectionReader,
): readonly Diagnostic[] {
  if (isMisspelt(unit, section, 'Image')) return [];
  const header = place.line === null ? mistakenHeader(unit, section) : undefined;
  if (header === undefined) return [diagnose('image-missing', place, { section })];
  const { name, source, line, column } = header;
  return [diagnose('image-missing', { ...place, file: source, line, column }, { section, written: name })];
}

/** Whether a key that quadlet does not know is a slip for `key`. */
export function isMisspelt(unit: LoadedUnit, section: QuadletSection, key: string): boolean {
  const known = [...quadletKeys(section)];
  return unit.section(section).assignments.some((assignment) => isMeant(key, assignment.key, known));
}

/** The header that is a slip for that of `section`, or else that of another type of unit. */
function mistakenHeader(unit: LoadedUnit, section: string) {
  const headers = unit.parts.flatMap(({ unit: { sections }, source }) =>
    sections.map(({ name, line, column }) => ({ name, source, line, column })),
  );
  return (
    headers.find(({ name }) => isMeant(section, name, quadletSections)) ??
    headers.find(({ name }) => name !== 'Quadlet' && quadletSections.includes(name))
  );
}
