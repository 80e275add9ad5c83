import { repositoryOf } from './image-name.js';

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
