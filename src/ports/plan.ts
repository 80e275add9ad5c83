import type { Observe } from '../model/events.js';
import type { RootInput, StoreInput } from '../operations/inputs.js';
import type { PlanPorts } from '../operations/plan.js';
import { type PodmanSettings, podmanOf } from './podman.js';
import { registriesOf } from './registries.js';

/** The store of this machine and the registries, as `plan` asks them. */
export function planPorts(
  settings: PodmanSettings & Pick<StoreInput & RootInput, 'podman' | 'currentRoot'>,
  observe: Observe,
): PlanPorts {
  return {
    podman: podmanOf(settings, observe),
    openRegistries: registriesOf(settings, observe).openRegistries,
    observe,
  };
}
