import { repositoryOf } from '../model/reference/image-name.js';
import type { Relay } from '../tools/relay/relay.js';
import type { PodmanConfiguration, PrivateConfigurationOptions } from './private-configuration.js';
import type { PrivateRegistries } from './private-files.js';
import type { HostSignatures } from './signatures/host-signatures.js';

/** podman cannot be led to a relay here, and goes to registries by itself; `why` is a clause. */
export interface Direct {
  readonly kind: 'direct';
  readonly why: string;
}

/** What podman needs to know of a relay. */
export type RelayPlaces = Pick<Relay, 'address' | 'locationOf' | 'lookasideOf'>;

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
  _access: Pick<PrivateRegistries, 'configuration'>,
  _relay: RelayPlaces,
  _registries: readonly string[],
  _makeDirectory: () => string,
  _options: RelayConfigurationOptions,
): Promise<PodmanConfiguration | Direct> {
  return { kind: 'direct', why: 'nothing leads podman to a relay yet' };
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
