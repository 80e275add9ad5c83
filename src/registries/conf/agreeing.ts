import type { Place } from '../../diagnostic/place.js';
import type { Registry } from './registry.js';

/** A name that nobody has (RFC 2606), and that nobody may ask. */
const nowhere = 'blocked.invalid';

/**
 * The same registries, so that one file may hold them all: podman refuses tables of one location that say different
 * things of “insecure” or “blocked”, but only within a file. One that would not agree reaches its location as its last
 * mirror; after that it asks nobody, or there once more, with a certificate.
 * Source: postProcessRegistries in go.podman.io/image pkg/sysregistriesv2/system_registries_v2.go.
 */
export function agreeing(registries: readonly Registry[]): readonly Registry[] {
  // One of slashes alone would be written as none, which means another thing.
  const all = registries.filter(({ prefix }) => prefix !== '');
  const isBlockedAlike = agreed(all, 'blocked');
  const moved = all.map((registry) => {
    const { insecure, blocked } = registry;
    if (blocked === undefined || isBlockedAlike(registry)) return registry;
    return { ...withMirror(registry, insecure, blocked), location: `${nowhere}/x`, insecure: undefined };
  });
  const isInsecureAlike = agreed(moved, 'insecure');
  const alike = moved.map((registry) => {
    const { insecure } = registry;
    if (insecure === undefined || isInsecureAlike(registry)) return registry;
    return { ...withMirror(registry, insecure, insecure), insecure: undefined };
  });
  const blocked = moved.find(({ location }) => location.startsWith(`${nowhere}/`))?.blocked;
  if (blocked === undefined) return alike;
  return [...alike, { prefix: nowhere, location: nowhere, insecure: undefined, blocked, mirrors: [] }];
}

/** Whether all tables of a registry's location say the same. */
function agreed(all: readonly Registry[], key: 'insecure' | 'blocked'): (registry: Registry) => boolean {
  const silent = new Set(all.filter((registry) => registry[key] === undefined).map(keyOf));
  const said = new Set(all.filter((registry) => registry[key] !== undefined).map(keyOf));
  return (registry) => !(silent.has(keyOf(registry)) && said.has(keyOf(registry)));
}

function keyOf({ location, prefix }: Registry): string {
  return location || prefix;
}

function withMirror(registry: Registry, insecure: Place | undefined, place: Place): Registry {
  const mirror = { location: registry.location, insecure, serves: 'all', place } as const;
  return { ...registry, mirrors: [...registry.mirrors, mirror] };
}
