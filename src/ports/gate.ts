import type { Observe } from '../model/events.js';
import type { GatePorts } from '../operations/gate.js';
import type { ProofInput, RootInput, StateInput, StoreInput } from '../operations/inputs.js';
import { readOs } from '../operations/read-root.js';
import { rootsOfTarget } from '../operations/target.js';
import { traceOf } from '../operations/telling.js';
import { openUnflushed } from '../operations/unflushed-store.js';
import { payloadStore } from '../state/payloads.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { findHost } from '../tools/ostree/host.js';
import { readStoreContent } from '../tools/podman/store-content.js';
import { podmanOf } from './podman.js';

export type GateSettings = Omit<RootInput, 'root'> & StoreInput & ProofInput & Pick<StateInput, 'stateDir'>;

/** The host and the store of this machine, as `gate` asks them. podman is looked for when there is something to ask. */
export function gatePorts(
  settings: GateSettings,
  observe: Observe,
  podman = podmanOf(settings, observe),
): GatePorts {
  return {
    findHost: (signal) => findHost(signal, traceOf(observe)),
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    read: (target) => readOs(rootsOfTarget(target, settings)),
    content: async (bound, ids, signal, store) => {
      const { prover, writeOut } = await openUnflushed(settings, podman(store), observe, signal);
      const content = await readStoreContent(podman(store), bound, { signal, ids, prover });
      // What a run that was killed has left in memory only is not there yet.
      await writeOut();
      return content;
    },
    observe,
  };
}
