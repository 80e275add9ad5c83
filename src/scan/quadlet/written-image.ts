import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Assignment } from '../unit/file.js';
import type { LoadedUnit } from '../unit/search.js';
import { mergeSection, positionIn, type SectionLines, single } from '../unit/values.js';
import { shownReference } from '../words/reference.js';

/**
 * Drop-ins that give a unit another image than its own file names: what boots is not what is seen where an entry
 * links to. A file without an image expects it from a drop-in, and is passed over.
 */
export function changedImage(
  unit: LoadedUnit,
  section: 'Image' | 'Container' | 'Volume',
  entry: string | null,
): readonly Diagnostic[] {
  const [own] = unit.parts;
  const alone = own && mergeSection([own], section);
  if (alone === undefined) return [];
  const merged = unit.section(section);
  const keys = section === 'Image' ? (['Image', 'ImageTag'] as const) : (['Image'] as const);
  return keys.flatMap((key) => {
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
