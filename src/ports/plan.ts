import type { Observe } from '../model/events.js';
import type { AskingInput, StoreInput } from '../operations/inputs.js';
import type { PlanPorts } from '../operations/plan.js';
import { findProgram } from '../tools/process/find-program.js';
import { type PodmanSettings, podmanOf } from './podman.js';
import { skopeoOf } from './skopeo.js';

/** The store of this machine and the registries, as `plan` asks them. */
export function planPorts(settings: StoreInput & AskingInput & PodmanSettings, observe: Observe): PlanPorts {
  const isThere = findProgram(settings.skopeo) !== undefined;
  return {
    podman: podmanOf(settings, observe),
    openSkopeo: isThere ? skopeoOf(settings, observe) : undefined,
    observe,
  };
}
