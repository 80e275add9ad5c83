import type { BoundImage } from './bound-image.js';
import { canonicalName } from './reference/reference.js';

/** The same for two names of which the store can hold one. */
export function imageKey({ kind, reference }: Pick<BoundImage, 'kind' | 'reference'>): string {
  return `${kind} ${canonicalName(reference)}`;
}
