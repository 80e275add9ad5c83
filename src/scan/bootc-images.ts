import { joinRootPath } from '../model/path.js';
import { parseReference, type Reference } from '../model/reference/reference.js';
import type { RootView } from '../root/root-view.js';
import { bootcDirectory } from './entries.js';
import { configurationLimitBytes } from './unit/read.js';

/**
 * What bootc keeps for a root in its own store: the `Image=` of each unit in its directory, as written in that file.
 * It knows neither drop-ins nor what /etc puts in its place or masks. Any line counts that may be one.
 * Source: bootc crates/lib/src/boundimage.rs, `query_bound_images`.
 */
export function bootcImages(root: RootView): readonly Reference[] {
  const listing = root.readDirectory(bootcDirectory);
  if (!listing.ok) return [];
  return listing.names.flatMap((name) => {
    const content = root.readFile(joinRootPath(bootcDirectory, name), {
      limitBytes: configurationLimitBytes,
    });
    if (!content.ok) return [];
    const lines = content.bytes.toString('utf8').matchAll(/^[\t ]*Image[\t ]*=(.*)$/gm);
    return [...lines].flatMap(([, value = '']) => {
      const parsed = parseReference(value.trim());
      return parsed.ok ? [parsed.reference] : [];
    });
  });
}
