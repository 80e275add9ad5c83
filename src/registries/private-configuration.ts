import { join } from 'node:path';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { followsHome } from '../tools/podman/storage-conf.js';
import type { Mount } from '../tools/process/mounts.js';
import { mayMount } from '../tools/process/mounts-probe.js';
import {
  certificateDirectories,
  dropInDirectories,
  type HostPlaces,
  hostPlaces,
  namesIn,
  userDirectories,
} from './host-places.js';
import { authorities, makePrivate, type PrivateRegistries, writeRegistries } from './private-files.js';
import { certificateHosts, dropInsOfHost, privateHome } from './private-home.js';
import { privateMounts } from './private-mounts.js';

/** With what podman is started, so that it reaches registries as another system does. */
export interface PodmanConfiguration {
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  /** What podman does not heed of it. */
  readonly findings: readonly Diagnostic[];
  /** A text of podman with the paths that the files have on a system in place of ours. */
  readonly translate: (text: string) => string;
}

/** What it depends on beside the files; for tests. */
export interface PrivateConfigurationOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly host?: HostPlaces;
  /** Whether this process may start programs with these mounts. */
  readonly mayMount?: (mounts: readonly Mount[], signal?: AbortSignal) => Promise<boolean>;
  /** Ends what is tried. */
  readonly signal?: AbortSignal;
}

/**
 * Makes podman reach registries as `registries` says: registries.conf with all that is in it, certs.d and the trusted
 * authorities. policy.json, registries.d, containers.conf and storage.conf stay those of this host. As root podman sees
 * our files in the place of the host's, in a mount namespace of its own, which is all that every version heeds alike;
 * where that is not allowed, and for other users, it gets a home directory with them.
 *
 * @returns undefined where podman does all of it by itself
 * @param makeDirectory makes a private directory, which lasts as long as podmans are started with this
 * @throws an error of the file system, or BoundImagesError `tool-missing`
 */
export async function privateConfiguration(
  registries: PrivateRegistries,
  makeDirectory: () => string,
  options: PrivateConfigurationOptions = {},
): Promise<PodmanConfiguration | undefined> {
  const { env = process.env, uid = process.geteuid?.() ?? 0, host = hostPlaces(env) } = options;
  if (registries.isOfHost && registries.foreignCa() === undefined) return undefined;
  const directory = makeDirectory();
  const empty = makePrivate(join(directory, 'empty'));
  const trust = authorities(directory, empty, registries);
  const same = (text: string) => text;
  if (registries.isOfHost) return { mounts: [], env: trust, findings: [], translate: same };
  if (uid === 0) {
    const ours = makePrivate(join(directory, 'containers'));
    writeRegistries(ours, registries);
    const mounts = privateMounts(ours, empty, host);
    const isAllowed = mounts !== undefined && (await (options.mayMount ?? mayMount)(mounts, options.signal));
    if (isAllowed) {
      const conf = join(host.administrator, 'registries.conf');
      return { mounts, env: { ...trust, ...namedAlone(conf) }, findings: [], translate: same };
    }
  }
  const write = (place: string) => writeRegistries(place, registries);
  const { env: home, containers } = privateHome(join(directory, 'home'), write, host, env);
  const translate = (text: string) => text.replaceAll(containers, host.administrator);
  if (!followsHome(env, uid)) {
    return { mounts: [], env: { ...trust, ...home }, findings: [], translate };
  }
  // Another HOME would be another store.
  const named = namedAlone(join(containers, 'registries.conf'));
  return { mounts: [], env: { ...trust, ...named }, findings: unheeded(registries, host), translate };
}

/** Only what is named so is read alone, from podman 6 on. */
export function namedAlone(conf: string): Readonly<Record<string, string>> {
  return { CONTAINERS_REGISTRIES_CONF: conf, CONTAINERS_REGISTRIES_CONF_OVERRIDE: '' };
}

/** What a podman that knows our registries.conf by its name alone takes from this host. */
function unheeded({ certificates }: PrivateRegistries, host: HostPlaces): readonly Diagnostic[] {
  const own = userDirectories(host);
  const dropIns = [...dropInsOfHost(host), ...own.flatMap(dropInDirectories).flatMap(namesIn)];
  const hosts = [...certificateHosts(host), ...own.flatMap(certificateDirectories).flatMap(namesIn)];
  const what = [
    ...(dropIns.length > 0 ? ['registries.conf.d'] : []),
    ...(hosts.length > 0 || certificates().size > 0 ? ['certs.d'] : []),
  ];
  if (what.length === 0) return [];
  const reason = 'storage.conf names the store by $HOME';
  return [diagnose('registries-of-this-host', nowhere, { what: what.join(' and '), reason })];
}
