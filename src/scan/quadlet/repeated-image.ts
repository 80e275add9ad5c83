import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { LoadedUnit } from '../unit/search.js';
import { list, positionIn } from '../unit/values.js';

/**
 * Every `Image=` of a section but the last of its file: quadlet takes the last one without a word. An empty one
 * says that those before it are not meant, and what a drop-in changes is found as such.
 */
export function repeatedImage(
  unit: LoadedUnit,
  section: 'Image' | 'Container' | 'Volume',
  entry: string | null,
): readonly Diagnostic[] {
  const images = list(unit.section(section), 'Image');
  return images.flatMap((image, index) => {
    const { source } = image.assignment;
    const last = images.slice(index + 1).findLast(({ assignment }) => assignment.source === source);
    if (last === undefined) return [];
    const place = { entry, file: source, ...positionIn(image, 0) };
    return [diagnose('image-given-twice', place, { line: last.assignment.line })];
  });
}
