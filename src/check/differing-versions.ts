import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { ImageRequest } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import { repositoryName } from '../model/reference/reference.js';
import { formatPlace } from '../scan/join.js';
import type { RequestedImage } from './requested-images.js';

/** Repositories that are bound more than once, by other tags or digests: at the first place of each other version. */
export function differingVersions(requested: readonly RequestedImage[]): readonly Diagnostic[] {
  const first = new Map<string, ImageRequest>();
  const versions = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { request } of requested) {
    const { kind, reference, source } = request;
    if (reference.transport !== 'docker') continue;
    const repository = `${kind} ${repositoryName(reference)}`;
    const version = imageKey({ kind, reference });
    const earlier = first.get(repository);
    if (earlier === undefined) first.set(repository, request);
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
