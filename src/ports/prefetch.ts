import type { Observe } from '../model/events.js';
import type { PullingInput, RootInput, StateInput } from '../operations/inputs.js';
import type { PrefetchPorts } from '../operations/prefetch.js';
import { planPorts } from './plan.js';
import { pullPorts } from './pull.js';
import { registriesOf } from './registries.js';

/** The store of this machine and the registries, as `prefetch` uses them. */
export function prefetchPorts(
  settings: PullingInput & StateInput & Pick<RootInput, 'currentRoot'>,
  observe: Observe,
): PrefetchPorts {
  const ports = planPorts(settings, observe);
  return {
    ...registriesOf(settings, observe),
    ...pullPorts(settings, observe, ports),
    podman: () => ports.podman('podman'),
  };
}
