import type { Observe } from '../model/events.js';
import { graphRootOf } from '../operations/graph-root.js';
import type { RootInput, StateInput, StoreInput } from '../operations/inputs.js';
import { readOs } from '../operations/read-root.js';
import type { StatusPorts } from '../operations/status.js';
import { traceOf } from '../operations/telling.js';
import { proverOf } from '../operations/unflushed-store.js';
import { keptParts } from '../state/kept-parts.js';
import { storeLeases } from '../state/leases.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { storeWorker } from '../state/store-worker.js';
import { findHost } from '../tools/ostree/host.js';
import { readArtifacts, readStoreImages } from '../tools/podman/store-content.js';
import { podmanOf } from './podman.js';

/** The host and the store of this machine, as `status` looks at them. */
export function statusPorts(
  settings: Omit<RootInput, 'root'> & StoreInput & Pick<StateInput, 'stateDir'>,
  observe: Observe,
): StatusPorts {
  const podman = podmanOf(settings, observe);
  return {
    findHost: (signal) => findHost(signal, traceOf(observe)),
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    read: (roots) => readOs({ ...settings, ...roots }),
    images: async (signal) => {
      const prover = await proverOf({ ...settings, verify: 'structure' }, podman(), observe, signal);
      return await readStoreImages(podman(), [], { signal, prover });
    },
    artifacts: async (bound, signal) => readArtifacts(podman(), bound, signal),
    parts: async (signal) => keptParts(await graphRootOf(settings, podman(), signal)).list(),
    leases: async (signal) => storeLeases(await graphRootOf(settings, podman(), signal)).all(),
    findWorker: async (signal) => storeWorker(await graphRootOf(settings, podman(), signal)),
  };
}
