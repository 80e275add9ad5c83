import { stringify } from 'smol-toml';
import type { Relay } from '../../tools/relay/relay.js';
import type { RegistriesConf } from './registries-file.js';

/** Where podman looks for an image without a registry when it is told nothing else. */
const usual = 'docker.io';

/**
 * The registries, `host[:port]`, that podman may ask: those that are named, and those to which a short name may lead it.
 * All of them lead to the relay, so that podman reaches none by itself.
 */
export function relayedRegistries(
  registries: readonly string[],
  { searchRegistries, aliases }: Pick<RegistriesConf, 'searchRegistries' | 'aliases'>,
): readonly string[] {
  const others = [...searchRegistries, ...aliases.values()].map((name) => name.split('/', 1)[0] ?? '');
  return [...new Set([...registries, usual, ...others.filter((host) => host !== '')])];
}

/**
 * A registries.conf that leads `registries` to the relay: as their location, and not as a mirror, which podman may leave.
 * Short names mean what they mean in `conf`. No helper is asked for credentials: the relay wants none.
 */
export function relayedRegistriesConf(
  conf: Pick<RegistriesConf, 'searchRegistries' | 'shortNameMode' | 'aliases'>,
  registries: readonly string[],
  { locationOf }: Pick<Relay, 'locationOf'>,
): string {
  return stringify({
    'unqualified-search-registries': [...conf.searchRegistries],
    'short-name-mode': conf.shortNameMode,
    'credential-helpers': ['containers-auth.json'],
    aliases: Object.fromEntries(conf.aliases),
    registry: registries.map((prefix) => ({ prefix, location: locationOf(prefix), insecure: true })),
  });
}
