import type { Place } from '../../diagnostic/place.js';
import { repositoryOf } from '../../model/reference/image-name.js';

/** A `[[registry]]` table: how the images below a prefix are pulled (containers-registries.conf(5)). */
export interface Registry {
  /** What it is for: a registry, a namespace, a repository, an image, or `*.domain`. */
  readonly prefix: string;
  /** Where it really is; empty for a wildcard that stays where it is. */
  readonly location: string;
  /** Where `insecure = true` stands. */
  readonly insecure: Place | undefined;
  /** Where `blocked = true` stands. */
  readonly blocked: Place | undefined;
  readonly mirrors: readonly Mirror[];
}

export interface Mirror {
  readonly location: string;
  readonly insecure: Place | undefined;
  /** Which references it is asked for, and where that is said. */
  readonly serves: 'all' | 'digest-only' | 'tag-only';
  readonly place: Place;
}

/** podman takes slashes at the end away. */
export function withoutSlash(text: string): string {
  return text.replace(/(?<!\/)\/+$/, '');
}

/** A place that podman asks for an image. */
export interface PullSource {
  readonly location: string;
  readonly insecure: Place | undefined;
  /** Where it is said that nobody may ask it. */
  readonly blocked: Place | undefined;
  /** What it is asked for, in full. */
  readonly name: string;
}

/**
 * The registry with the longest prefix of the repository of `name`, which is in full, with a tag or digest; the first
 * of equally long ones.
 */
export function findRegistry(registries: readonly Registry[], name: string): Registry | undefined {
  const repository = repositoryOf(name);
  let found: Registry | undefined;
  for (const registry of registries) {
    const isLonger = registry.prefix.length > (found?.prefix.length ?? 0);
    if (isLonger && matchLength(repository, registry.prefix) > 0) found = registry;
  }
  return found;
}

/** Whether the mirror is asked for `name`. */
export function isServed(mirror: Mirror, name: string): boolean {
  if (mirror.serves === 'all') return true;
  return (mirror.serves === 'digest-only') === name.includes('@');
}

/**
 * Where podman asks for `name`, in this order: mirrors, then the registry itself. Each of them is blocked where a table
 * for its own name says so; whether it is insecure says the mirror or the registry that led there, and no other table.
 * Source: newImageSource and newDockerClient in go.podman.io/image docker.
 */
export function pullSources(registries: readonly Registry[], name: string): readonly PullSource[] {
  const registry = findRegistry(registries, name);
  if (registry === undefined) {
    return [{ location: repositoryOf(name), insecure: undefined, blocked: undefined, name }];
  }
  const matched = matchLength(name, registry.prefix);
  const endpoints = [...registry.mirrors.filter((mirror) => isServed(mirror, name)), registry];
  return endpoints.map((endpoint) => {
    const location = endpoint.location || name.slice(0, matched);
    const source = location + name.slice(matched);
    const { blocked } = findRegistry(registries, source) ?? {};
    return { location, insecure: endpoint.insecure, blocked, name: source };
  });
}

/**
 * How much of `name` the prefix stands for; 0 where it does not match.
 * Source: refMatchingPrefix in go.podman.io/image pkg/sysregistriesv2/system_registries_v2.go.
 */
function matchLength(name: string, prefix: string): number {
  const length = prefix.startsWith('*.') ? wildcardLength(name, prefix.slice(1)) : prefix.length;
  const isMatch = prefix.startsWith('*.') ? length > 0 : name.startsWith(prefix);
  return isMatch && (length === name.length || ':/@'.includes(name[length] ?? '')) ? length : 0;
}

function wildcardLength(name: string, domain: string): number {
  const start = name.indexOf(domain);
  return start < 0 || name.slice(0, start).includes('/') ? 0 : start + domain.length;
}
