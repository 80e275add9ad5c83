import type { Observe } from '../../model/events.js';
import type { PullingInput, StateInput } from '../../operations/inputs.js';
import { podmanOf } from '../../operations/planning.js';
import { pullImages } from '../../operations/pulling.js';
import type { StagePorts } from '../../operations/stage.js';
import { openSession } from '../../operations/store-session.js';
import { receiptStore } from '../../state/receipts.js';
import { stateDirectory } from '../../state/state-directory.js';
import type { Podman } from '../../tools/podman/podman.js';
import { bootId } from '../../tools/process/boot-id.js';
import { receiptInOptions } from '../hints.js';
import { type GateSettings, gatePorts } from './gate.js';

/** The host, the store and the registries of this machine, as `stage` uses them. */
export function stagePorts(settings: GateSettings & PullingInput & StateInput, observe: Observe): StagePorts {
  let found: Podman | undefined;
  const podman = () => {
    found ??= podmanOf(settings, observe);
    return found;
  };
  const receipts = receiptStore(stateDirectory(settings.stateDir));
  return {
    ...gatePorts(settings, observe, podman),
    receipts: { ...receipts, write: (receipt) => receipts.write(receiptInOptions(receipt)) },
    openStore: async (signal) => ({
      ...(await openSession(settings, podman(), signal, observe)),
      complete: (images, stop) => pullImages(images, settings, podman(), observe, stop),
    }),
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    bootId: bootId(),
  };
}
