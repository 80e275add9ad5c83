import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { formatPlace } from '../diagnostic/place.js';
import type { Binding } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import { repositoryName } from '../model/reference/reference.js';
import type { BindingPlace } from './binding-places.js';
import type { Meant } from './meant-images.js';

/** Repositories that are bound more than once, by other tags or digests: at the first place of each other version. */
export function differingVersions(places: readonly BindingPlace[], meant: Meant): readonly Diagnostic[] {
  const first = new Map<string, Binding>();
  const versions = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { binding } of places) {
    const { kind, reference, source } = meant(binding);
    if (reference.transport !== 'docker') continue;
    const repository = `${kind} ${repositoryName(reference)}`;
    const version = imageKey({ kind, reference });
    const earlier = first.get(repository);
    if (earlier === undefined) first.set(repository, binding);
    else if (!versions.has(version)) {
      const args = {
        text: reference.text,
        other: earlier.reference.text,
        place: formatPlace(earlier.source),
      };
      diagnostics.push(diagnose('reference-versions-differ', source, args));
    }
    versions.add(version);
  }
  return diagnostics;
}
