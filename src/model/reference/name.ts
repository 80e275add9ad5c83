import type { Reference, RegistryReference } from './types.js';

/** Registry and repository with no tag or digest; the bare repository for a short name. */
export function repositoryName(reference: RegistryReference): string {
  return reference.registry === null ? reference.repository : `${reference.registry}/${reference.repository}`;
}

/**
 * A short name on Docker Hub, which is where podman lists and pulls all of its tags: no alias counts then, and no
 * registry that is searched. Source: Pull and copyFromRegistry in go.podman.io/common/libimage/pull.go.
 */
export function onDockerHub(reference: RegistryReference): RegistryReference {
  if (reference.registry !== null) return reference;
  const { repository } = reference;
  const path = repository.includes('/') ? repository : `library/${repository}`;
  return { ...reference, registry: 'docker.io', repository: path, isShort: false };
}

/**
 * The name under which podman stores the image: with a digest the tag is dropped, with neither the tag is
 * `latest`. For a short name the registry is missing, as only registries.conf knows it; for a path it is the
 * text, as only the archive knows the name. Source: NormalizeName in go.podman.io/common/libimage/normalize.go.
 */
export function canonicalName(reference: Reference): string {
  if (reference.transport !== 'docker') return reference.text;
  const name = repositoryName(reference);
  return reference.digest === null ? `${name}:${reference.tag ?? 'latest'}` : `${name}@${reference.digest}`;
}
