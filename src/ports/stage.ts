import type { Observe } from '../model/events.js';
import type { PullingInput, StateInput } from '../operations/inputs.js';
import { readOs } from '../operations/read-root.js';
import type { StagePorts } from '../operations/stage.js';
import { rootsOfTarget } from '../operations/target.js';
import { payloadStore } from '../state/payloads.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { bootId } from '../tools/process/boot-id.js';
import { type GateSettings, gatePorts } from './gate.js';
import { planPorts } from './plan.js';
import { pullPorts } from './pull.js';

/** The host, the store and the registries of this machine, as `stage` uses them. */
export function stagePorts(settings: GateSettings & PullingInput & StateInput, observe: Observe): StagePorts {
  const ports = planPorts(settings, observe);
  return {
    ...gatePorts(settings, observe, ports.podman),
    ...pullPorts(settings, observe, ports),
    read: (target) => readOs(rootsOfTarget(target, settings)),
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    bootId: bootId(),
  };
}
