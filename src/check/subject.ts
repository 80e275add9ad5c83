import type { ResolvedImage } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import type { Reading, Scanned } from '../scan/scan.js';

/** What `check` looks at beyond what the scan and resolve steps find: what they read, and the roots; see `asBothRead`. */
export interface Subject extends Reading, Pick<Scanned, 'readingOf6'> {
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
}
