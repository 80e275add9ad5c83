import type { Reference } from '../reference/reference.js';

/**
 * Which image each one waits for: the first of its namespace (`registry/owner`), `undefined` for that first
 * one itself. Images of one owner mostly stand on one base, and podman processes that run side by side each
 * download it; behind a leader they find it in the store.
 *
 * This looks at names only. A schedule by the layers themselves, which the registry is asked for, replaces it.
 */
export function leaders(references: readonly Reference[]): readonly (Reference | undefined)[] {
  const first = new Map<string, Reference>();
  return references.map((reference) => {
    const namespace = namespaceOf(reference);
    const leader = first.get(namespace);
    if (leader === undefined) first.set(namespace, reference);
    return leader;
  });
}

function namespaceOf(reference: Reference): string {
  if (reference.transport !== 'docker') return reference.transport;
  const { registry, repository } = reference;
  // Without an owner, as on many private registries, the registry itself is the namespace.
  const owner = repository.includes('/') ? repository.split('/', 1)[0] : '';
  return `${registry ?? ''}/${owner}`;
}
