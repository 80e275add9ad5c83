import type { Observe } from '../model/events.js';
import type { RootInput, StateInput, StoreInput } from '../operations/inputs.js';
import { storeNames } from '../operations/into-stores.js';
import { readOs } from '../operations/read-root.js';
import type { StatusPorts } from '../operations/status.js';
import { traceOf } from '../operations/telling.js';
import { proverOf } from '../operations/unflushed-store.js';
import { keptParts } from '../state/kept-parts.js';
import { storeLeases } from '../state/leases.js';
import { payloadStore } from '../state/payloads.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { type StoreWorker, storeWorker } from '../state/store-worker.js';
import { findHost } from '../tools/ostree/host.js';
import { readArtifacts, readStoreImages } from '../tools/podman/store-content.js';
import { podmanOf } from './podman.js';

/** The host and the store of this machine, as `status` looks at them. */
export function statusPorts(
  settings: Omit<RootInput, 'root'> & StoreInput & Pick<StateInput, 'stateDir'>,
  observe: Observe,
): StatusPorts {
  const podman = podmanOf(settings, observe);
  const stores = storeNames(settings);
  const homes = (signal: AbortSignal) => Promise.all(stores.map((store) => podman(store).home(signal)));
  return {
    stores,
    findHost: (signal) => findHost(signal, traceOf(observe)),
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    read: (roots) => readOs({ ...settings, ...roots }),
    images: async (signal, store) => {
      const prover = await proverOf({ ...settings, verify: 'structure' }, podman(store), observe, signal);
      return await readStoreImages(podman(store), [], { signal, prover });
    },
    artifacts: async (bound, signal) => readArtifacts(podman('podman'), bound, signal),
    parts: async (signal) => (await homes(signal)).flatMap((home) => keptParts(home).list()),
    findWorker: async (signal) => {
      const workers = (await homes(signal)).map((home) => storeWorker(home));
      const byKind = (wanted: StoreWorker['kind']) => workers.find(({ kind }) => kind === wanted);
      return byKind('busy') ?? byKind('unknown') ?? { kind: 'none' };
    },
    leases: async (signal) => (await homes(signal)).map((home) => storeLeases(home).all()),
  };
}
