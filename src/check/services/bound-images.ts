import type { Binding } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { canonicalName, repositoryName } from '../../model/reference/reference.js';

/** What tells images apart. */
type Named = Pick<Binding, 'kind' | 'reference'>;

/**
 * Finds the first place that binds the image of a unit: under its name, or with all the tags of its repository.
 */
export function boundImages(bindings: readonly Binding[]): (wanted: Named) => Binding | undefined {
  const byName = firstBy(bindings, imageKey);
  const allTags = firstBy(
    bindings.filter(({ options }) => options.allTags?.value === true),
    repositoryKey,
  );
  return (wanted) => byName.get(imageKey(wanted)) ?? allTags.get(repositoryKey(wanted));
}

/** The first binding with each key; those without one are left out. */
export function firstBy(
  bindings: readonly Binding[],
  keyOf: (binding: Binding) => string | undefined,
): ReadonlyMap<string, Binding> {
  const first = new Map<string, Binding>();
  for (const binding of bindings) {
    const key = keyOf(binding);
    if (key !== undefined && !first.has(key)) first.set(key, binding);
  }
  return first;
}

/** The same for all versions of an image; an archive is the only one. */
export function repositoryKey({ kind, reference }: Named): string {
  return `${kind} ${reference.transport === 'docker' ? repositoryName(reference) : canonicalName(reference)}`;
}
