import { lstatSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  certificateDirectories,
  dropInDirectories,
  type HostPlaces,
  namesIn,
  signatureDirectories,
  userDirectories,
} from './host-places.js';
import { makePrivate, writePrivate } from './private-files.js';

export interface PrivateHome {
  readonly env: Readonly<Record<string, string>>;
  /** Where the files are in it that say how registries are reached. */
  readonly containers: string;
}

/**
 * Makes `home` the home of a user whose podman looks at registries as the files say that `write` makes, and not as this
 * host does: of a user's registries.conf and certs.d each hides the host's (containers-registries.conf(5);
 * newConfigWrapperWithHomeDir in go.podman.io/image pkg/sysregistriesv2, dockerCertDir in docker/docker_client.go).
 * What it does not hide by itself is hidden by an empty one of the same name: drop-ins, from podman 6 on, and the
 * certificates of hosts for which there are none. All else of the real home stays within reach: the auth files, what
 * credential helpers have there, and the store with its caches under the very path that its database knows.
 */
export function privateHome(
  home: string,
  write: (directory: string) => void,
  host: HostPlaces,
  env: NodeJS.ProcessEnv,
): PrivateHome {
  const config = join(home, '.config');
  const containers = makePrivate(join(config, 'containers'));
  write(containers);
  const dropIns = makePrivate(join(containers, 'registries.conf.d'));
  for (const name of dropInsOfHost(host)) writePrivate(join(dropIns, name), '');
  for (const name of certificateHosts(host)) makePrivate(join(containers, 'certs.d', name));
  const signatures = join(containers, 'registries.d');
  // podman before 6 reads this one alone, whatever is in it.
  if (isThere(signatures)) for (const name of signatureFiles(host)) writePrivate(join(signatures, name), '');
  linkAll(host.home, home, ['.config']);
  linkAll(host.config, config, ['containers']);
  const hidden = [
    'registries.conf',
    ...dropInDirectories(''),
    ...certificateDirectories(''),
    ...(isThere(signatures) ? signatureDirectories('') : []),
  ];
  // Some versions look into the one, some into the other, and some into both.
  for (const own of userDirectories(host)) linkAll(own, containers, hidden);
  return {
    env: {
      HOME: home,
      XDG_CONFIG_HOME: config,
      ...(env.XDG_DATA_HOME ? {} : { XDG_DATA_HOME: join(host.home, '.local/share') }),
      ...(env.XDG_CACHE_HOME ? {} : { XDG_CACHE_HOME: join(host.home, '.cache') }),
      // Empty, it hides REGISTRIES_CONFIG_PATH, too. A file that is named here would bring the host's drop-ins back.
      CONTAINERS_REGISTRIES_CONF: '',
      // It is merged already.
      CONTAINERS_REGISTRIES_CONF_OVERRIDE: '',
    },
    containers,
  };
}

/** The names of the system's drop-ins. */
export function dropInsOfHost({ administrator, vendor }: HostPlaces): readonly string[] {
  const directories = [administrator, vendor].flatMap(dropInDirectories);
  return directories.flatMap(namesForAnyUser).filter((name) => name.endsWith('.conf'));
}

/** The registries for which the system has certificates, `host[:port]`. */
export function certificateHosts({
  administrator,
  vendor,
  dockerCertificates,
}: HostPlaces): readonly string[] {
  const directories = [administrator, vendor].flatMap(certificateDirectories);
  return [...directories, dockerCertificates].flatMap(namesForAnyUser);
}

function signatureFiles({ administrator, vendor }: HostPlaces): readonly string[] {
  const directories = [administrator, vendor].flatMap(signatureDirectories);
  return directories.flatMap(namesForAnyUser).filter((name) => name.endsWith('.yaml'));
}

/** Those of one user lie in a directory of that number: what is hidden too much is hidden from nobody. */
function namesForAnyUser(directory: string): readonly string[] {
  const names = namesIn(directory);
  const users = names.filter((name) => /^\d+$/.test(name));
  return [...names, ...users.flatMap((name) => namesIn(join(directory, name)))];
}

/** Links to what is in a directory, where there is one that can be read, and `to` has nothing of that name. */
function linkAll(from: string, to: string, except: readonly string[]): void {
  const names = namesIn(from).filter((name) => !except.includes(name) && !isThere(join(to, name)));
  for (const name of names) symlinkSync(join(from, name), join(to, name));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
