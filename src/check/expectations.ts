import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { BoundImage } from '../model/bound-image.js';
import { isRange } from './online/expectation.js';

/** What drop-ins expect of their images and no image can ever meet. Offline. */
export async function checkExpectations(images: readonly BoundImage[]): Promise<readonly Diagnostic[]> {
  const ranges = images
    .flatMap(({ expectations = [] }) => expectations)
    .filter(({ wanted }) => isRange(wanted));
  if (ranges.length === 0) return [];
  const { isValidRange } = await import('./online/version-range.js');
  return ranges
    .filter(({ wanted }) => !isValidRange(wanted))
    .map(({ wanted, place }) => diagnose('expectation-invalid', place, { wanted }));
}
