import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import { canonicalName } from '../reference/reference.js';
import type { RootView } from '../root/root-view.js';
import type { BoundImage } from './bound-image.js';
import { readLoadedUnit } from './read-loaded-unit.js';
import { searchUnits } from './unit-search.js';

/** The images that units of a root will want at boot and that nothing binds, at the place that names them. */
export function unboundImages(root: RootView, images: readonly BoundImage[]): readonly Diagnostic[] {
  const bound = new Set(images.map(nameOf));
  const search = searchUnits(root);
  const reported = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const unit of search.units.values()) {
    for (const request of readLoadedUnit(root, unit, null, () => search).requests) {
      const { reference, source } = request;
      const name = nameOf(request);
      const isKnown = bound.has(name) || reported.has(`${name} ${unit.path}`);
      reported.add(`${name} ${unit.path}`);
      if (!isKnown) {
        diagnostics.push(diagnose('image-unbound', source, { reference: reference.text, unit: unit.path }));
      }
    }
  }
  return diagnostics;
}

function nameOf({ kind, reference }: Pick<BoundImage, 'kind' | 'reference'>): string {
  return `${kind} ${canonicalName(reference)}`;
}
