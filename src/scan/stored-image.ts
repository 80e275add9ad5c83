import { diagnose } from '../diagnostic/rules.js';
import { noPullOptions, type Requests } from './bound-image.js';
import { type Pull, readImageSource } from './image-source.js';
import { readReference } from './requested-reference.js';
import type { UnitValue } from './unit-reader.js';
import type { UnitSearch } from './unit-search.js';

/** podman does not pull for a mount: nothing says how. */
const noPull: Pull = {
  options: noPullOptions,
  arguments: [],
  globalArguments: [],
  globalOptions: [],
};

/** An image that podman must find in the store: an `.image` unit pulls it, and otherwise nothing does. */
export function readStoredImage(image: UnitValue, search: () => UnitSearch): Requests {
  if (/\.(?:image|build)$/.test(image.written)) return readImageSource(image, noPull, search);
  return readStoredName(image);
}

/** The same for the name of an image itself. */
export function readStoredName(image: UnitValue): Requests {
  const { reference, diagnostics } = readReference(image.written, image.placeAt);
  if (reference === undefined) return { requests: [], diagnostics };
  const missed = diagnose('image-pulled-by-none', image.place, { reference: image.written });
  return {
    requests: [{ reference, source: image.place, ...noPull }],
    diagnostics: [...diagnostics, missed],
  };
}
