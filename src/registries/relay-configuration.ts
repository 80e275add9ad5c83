import { join } from 'node:path';
import { repositoryOf } from '../model/reference/image-name.js';
import { followsHome } from '../tools/podman/storage-conf.js';
import type { Mount } from '../tools/process/mounts.js';
import { mayMount } from '../tools/process/mounts-probe.js';
import type { Relay } from '../tools/relay/relay.js';
import { relayedRegistries, relayedRegistriesConf } from './conf/relayed.js';
import { type HostPlaces, hostPlaces } from './host-places.js';
import {
  namedAlone,
  type PodmanConfiguration,
  type PrivateConfigurationOptions,
} from './private-configuration.js';
import { makePrivate, type PrivateRegistries, writePrivate } from './private-files.js';
import { privateHome } from './private-home.js';
import { privateMounts } from './private-mounts.js';
import { type RelayPlaces, relayWords } from './relay-words.js';
import type { HostSignatures } from './signatures/host-signatures.js';
import { relayedSignatures } from './signatures/relayed.js';

/** podman cannot be led to a relay here, and goes to registries by itself; `why` is a clause. */
export interface Direct {
  readonly kind: 'direct';
  readonly why: string;
}

export interface RelayConfigurationOptions extends PrivateConfigurationOptions {
  /** What registries.d of this host says. */
  readonly signatures: HostSignatures;
}

/**
 * Makes podman go to the relay for every image of `registries`, and to no other place: registries.conf and registries.d
 * say nothing else, under names that stay those of the real registries. policy.json, containers.conf and storage.conf
 * stay those of this host.
 *
 * @param access how the registries are reached, of which podman needs only the short names
 * @param registries `host[:port]` of every name in full that podman will ask for
 * @param makeDirectory makes a private directory, which lasts as long as podmans are started with this
 * @throws an error of the file system, or BoundImagesError `tool-missing`
 */
export async function relayConfiguration(
  { configuration }: Pick<PrivateRegistries, 'configuration'>,
  relay: RelayPlaces,
  registries: readonly string[],
  makeDirectory: () => string,
  options: RelayConfigurationOptions,
): Promise<PodmanConfiguration | Direct> {
  const { env = process.env, uid = process.geteuid?.() ?? 0, host = hostPlaces(env), signatures } = options;
  if (signatures.problem !== undefined)
    return direct(`registries.d of this host cannot be read: ${signatures.problem}`);
  const all = relayedRegistries(registries, configuration);
  const texts = {
    conf: relayedRegistriesConf(configuration, all, relay),
    signatures: relayedSignatures(signatures, all, configuration.registries, relay),
  };
  const write = (place: string) => {
    writePrivate(join(place, 'registries.conf'), texts.conf);
    writePrivate(join(makePrivate(join(place, 'registries.d')), 'relay.yaml'), texts.signatures);
  };
  const words = relayWords(relay, all);
  const directory = makeDirectory();
  if (uid === 0) {
    const ours = makePrivate(join(directory, 'containers'));
    write(ours);
    const files = privateMounts(ours, makePrivate(join(directory, 'empty')), host);
    const mounts = files && [...files, ...cacheMounts(directory, host)];
    const isAllowed = mounts !== undefined && (await (options.mayMount ?? mayMount)(mounts, options.signal));
    if (isAllowed) {
      const conf = join(host.administrator, 'registries.conf');
      return { mounts, env: namedAlone(conf), findings: [], translate: words };
    }
  }
  // What it names by its path alone has the drop-ins and registries.d of this host beside it.
  if (followsHome(env, uid))
    return direct('storage.conf names the store by $HOME, so that podman cannot be given another home');
  const { env: home, containers } = privateHome(join(directory, 'home'), write, host, env);
  const translate = (text: string) => words(text).replaceAll(containers, host.administrator);
  return { mounts: [], env: home, findings: [], translate };
}

function direct(why: string): Direct {
  return { kind: 'direct', why };
}

/**
 * podman remembers where blobs were, and would remember the relay. Where it cannot make that directory, it remembers
 * nothing.
 */
function cacheMounts(directory: string, { blobInfoCache }: HostPlaces): readonly Mount[] {
  try {
    makePrivate(blobInfoCache);
  } catch {
    return [];
  }
  return [{ from: makePrivate(join(directory, 'cache')), to: blobInfoCache }];
}

/** Source: NameTotalLengthMax in go.podman.io/image docker/reference/reference.go. */
const longestName = 255;

/**
 * Whether podman takes the name that an image has at the relay, which is longer than its own.
 *
 * @param name in full, with or without a tag or digest
 */
export function fitsRelay({ locationOf }: Pick<Relay, 'locationOf'>, name: string): boolean {
  const repository = repositoryOf(name);
  const slash = repository.indexOf('/');
  return locationOf(repository.slice(0, slash)).length + repository.length - slash <= longestName;
}
