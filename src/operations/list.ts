import { withPath } from '../check/place-on-disk.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { RootInput } from './inputs.js';
import { readBinding } from './read-root.js';

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
  const { root, roots, images: read, diagnostics } = readBinding({ ...input, mayLackHost: true });
  const images = read.map(({ image, ...resolved }) => {
    const sources = image.sources.map((place) => withPath(roots.newRoot, place));
    const payloads = image.payloads?.map((payload) => ({
      ...payload,
      place: withPath(roots.newRoot, payload.place),
    }));
    return { ...resolved, image: { ...image, sources, ...(payloads && { payloads }) } };
  });
  return { root, images, diagnostics };
}
