import type { ResolvedImage } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import type { Scanned } from '../scan/scan.js';

/** What `check` looks at beyond what the scan and resolve steps find: what they read, and the roots. */
export interface Subject extends Pick<Scanned, 'entries' | 'units'> {
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
}
