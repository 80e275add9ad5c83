import { diagnose } from '../diagnostic/rules.js';
import { noPullOptions, type Requests } from './bound-image.js';
import { type Pull, readImageSource } from './image-source.js';
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
  const read = readImageSource(image, noPull, search);
  if (read.requests.length === 0 || image.written.endsWith('.image')) return read;
  const missed = diagnose('image-pulled-by-none', image.place, { reference: image.written });
  return { ...read, diagnostics: [...read.diagnostics, missed] };
}
