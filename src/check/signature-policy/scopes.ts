import { repositoryOf } from '../../model/reference/image-name.js';
import type { Policy } from './policy.js';
import type { Requirement } from './requirement.js';

/**
 * What an image has to meet: that of the most specific scope, else that of the transport, else that for all.
 * `name` is in full, with one tag or one digest, and empty for an image that is in a file.
 */
export function requirementsFor(policy: Policy, transport: string, name: string): readonly Requirement[] {
  const scopes = policy.transports.get(transport);
  if (scopes === undefined) return policy.default;
  // The path of an image in a file is another one when it is pulled, so which scope it has is unknown.
  if (name === '' && [...scopes.keys()].some((scope) => scope !== '')) return [];
  const candidates = name === '' ? [''] : [...scopesOf(name), ''];
  const scope = candidates.find((candidate) => scopes.has(candidate));
  return (scope === undefined ? undefined : scopes.get(scope)) ?? policy.default;
}

/**
 * The keys under which policy.json and registries.d may have something for an image of a registry, most specific
 * first: the image itself, its repository, the namespaces above, the registry, and wildcards of its domain.
 * `name` is in full, with one tag or one digest. Source: go.podman.io/image docker/policyconfiguration/naming.go.
 */
export function scopesOf(name: string): readonly string[] {
  const repository = repositoryOf(name);
  const parts = repository.split('/');
  const namespaces = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const [registry = ''] = parts;
  const labels = registry.replace(/:.*$/, '').split('.');
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return [name, ...namespaces, ...wildcards];
}
