import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { RootInput } from './inputs.js';
import { readRoot } from './read-root.js';

/** What a root binds. */
export interface ListResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** In the order of their entries. */
  readonly images: readonly ResolvedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads what a root binds, and how each image would be pulled. Offline. @throws BoundImagesError `usage`. */
export async function list(input: RootInput): Promise<ListResult> {
  const { root, images, diagnostics } = readRoot(input);
  return { root, images, diagnostics };
}
