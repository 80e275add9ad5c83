import type { ResolvedImage } from '../resolve/resolve.js';
import type { Roots } from '../root/open-roots.js';

/** What `check` looks at beyond what the scan and resolve steps find: what they read, and the roots. */
export interface Subject {
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
}
