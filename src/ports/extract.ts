import type { Observe } from '../model/events.js';
import type { PullingInput, RootInput, StoreInput } from '../operations/inputs.js';
import type { NamedPorts } from '../operations/named-image.js';
import { podmanOf } from './podman.js';
import { registriesOf } from './registries.js';

/** Where an image may be that somebody names: the store of this machine, and the registries. */
export function namedPorts(
  settings: StoreInput & Pick<RootInput, 'currentRoot'> & Partial<Pick<PullingInput, 'limitRate'>>,
  observe: Observe,
): NamedPorts {
  const podman = podmanOf(settings, observe);
  return { ...registriesOf(settings, observe), podman: () => podman('podman'), observe };
}
