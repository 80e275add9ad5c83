import type { ImageRequest } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { canonicalName, repositoryName } from '../../model/reference/reference.js';

/** What tells images apart. */
type Named = Pick<ImageRequest, 'kind' | 'reference'>;

/**
 * Finds the first place that binds the image of a unit: under its name, or with all the tags of its repository.
 */
export function boundImages(requests: readonly ImageRequest[]): (wanted: Named) => ImageRequest | undefined {
  const byName = firstBy(requests, imageKey);
  const allTags = firstBy(
    requests.filter(({ options }) => options.allTags?.value === true),
    repositoryKey,
  );
  return (wanted) => byName.get(imageKey(wanted)) ?? allTags.get(repositoryKey(wanted));
}

/** The first request with each key; those without one are left out. */
export function firstBy(
  requests: readonly ImageRequest[],
  keyOf: (request: ImageRequest) => string | undefined,
): ReadonlyMap<string, ImageRequest> {
  const first = new Map<string, ImageRequest>();
  for (const request of requests) {
    const key = keyOf(request);
    if (key !== undefined && !first.has(key)) first.set(key, request);
  }
  return first;
}

/** The same for all versions of an image; an archive is the only one. */
export function repositoryKey({ kind, reference }: Named): string {
  return `${kind} ${reference.transport === 'docker' ? repositoryName(reference) : canonicalName(reference)}`;
}
