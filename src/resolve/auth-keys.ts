/** How the keys of an auth file match an image: containers-auth.json(5), go.podman.io/image pkg/docker/config. */

/** The keys for `registry/a/b`, in the order in which they count: `registry/a/b`, `registry/a`, `registry`. */
export function lookupKeys(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** The registry that a key stands for which is a URL; of `~/.dockercfg` (`isLegacy`), any key. */
export function normalizeKey(key: string, isLegacy: boolean): string {
  const stripped = key.replace(/^(?:http:\/\/)?(?:https:\/\/)?/, '');
  return normalizeRegistry(stripped === key && !isLegacy ? key : (stripped.split('/', 1)[0] ?? ''));
}

export function normalizeRegistry(registry: string): string {
  return registry === 'registry-1.docker.io' || registry === 'docker.io' ? 'index.docker.io' : registry;
}
