import type { RegistryReference } from '../../model/reference/reference.js';
import { canonicalName } from '../../model/reference/reference.js';
import { parseRegistryReference } from '../../model/reference/registry-reference.js';
import type { RegistriesConf } from './registries-file.js';

/** The names in full that podman tries for a reference, or why it tries none. */
export type FullNames =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Resolves a short name as a service does, which has no terminal to ask at.
 * Source: containers-registries.conf(5), “Short-Name Aliasing”, and pkg/shortnames in go.podman.io/image.
 */
export function fullNames(reference: RegistryReference, conf: RegistriesConf): FullNames {
  if (reference.registry !== null) return { ok: true, names: [canonicalName(reference)] };
  const alias = conf.aliases.get(reference.repository) ?? '';
  if (alias !== '') return { ok: true, names: completed([alias], reference) };
  const { searchRegistries, shortNameMode } = conf;
  if (searchRegistries.length === 0) {
    const problem = 'registries.conf has no alias for it, and no unqualified-search-registries';
    return { ok: false, problem };
  }
  if (shortNameMode === 'enforcing' && searchRegistries.length > 1) {
    const problem =
      'several unqualified-search-registries may have it, and with short-name-mode = "enforcing" podman asks at a terminal, which a service has not';
    return { ok: false, problem };
  }
  const repositories = searchRegistries.map((registry) => `${registry}/${reference.repository}`);
  return { ok: true, names: completed(repositories, reference) };
}

/**
 * The names in full under which podman looks for a short name in its store, the first that is there counts. An alias
 * keeps none of the others away, and nobody is asked which registry is meant.
 * Source: ResolveLocally in go.podman.io/image pkg/shortnames, LookupImage in go.podman.io/common libimage/runtime.go.
 */
export function storedNames(
  reference: RegistryReference,
  { aliases, searchRegistries }: Pick<RegistriesConf, 'aliases' | 'searchRegistries'>,
): readonly string[] {
  if (reference.registry !== null) return [canonicalName(reference)];
  const { repository } = reference;
  const alias = aliases.get(repository) ?? '';
  const registries = ['localhost', ...searchRegistries].map((registry) => `${registry}/${repository}`);
  const dockerHub = `docker.io/${repository.includes('/') ? '' : 'library/'}${repository}`;
  const repositories = [...(alias === '' ? [] : [alias]), ...registries, dockerHub];
  return [...new Set(completed(repositories, reference))];
}

function completed(repositories: readonly string[], reference: RegistryReference): readonly string[] {
  const suffix = canonicalName(reference).slice(reference.repository.length);
  return repositories.flatMap((repository) => {
    const parsed = parseRegistryReference(repository + suffix, 0);
    if ('code' in parsed) return [];
    // A registry without a dot or port is a namespace of Docker Hub to podman, too.
    return [parsed.registry === null ? `docker.io/${canonicalName(parsed)}` : canonicalName(parsed)];
  });
}

/** What is wrong with the name or the value of an alias; undefined when nothing is. Source: as above. */
export function aliasProblem(name: string, value: string): string | undefined {
  const short = parseRegistryReference(name, 0);
  if ('code' in short || !isPlain(short))
    return `“${name}” is not the name of an image without tag and digest`;
  if (short.registry !== null) return `“${name}” names a registry, so it is not a short name`;
  // An empty value takes an alias of an earlier file back.
  if (value === '') return undefined;
  const full = parseRegistryReference(value, 0);
  if ('code' in full || !isPlain(full))
    return `“${value}” is not the name of an image without tag and digest`;
  return full.registry === null ? `“${value}” names no registry` : undefined;
}

function isPlain({ tag, digest }: RegistryReference): boolean {
  return tag === null && digest === null;
}
