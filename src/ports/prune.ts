import type { Observe } from '../model/events.js';
import type { StateInput, StoreInput } from '../operations/inputs.js';
import { storeNames } from '../operations/into-stores.js';
import type { PrunePorts } from '../operations/prune.js';
import { openSession } from '../operations/store-session.js';
import { traceOf } from '../operations/telling.js';
import { keptParts } from '../state/kept-parts.js';
import { payloadStore } from '../state/payloads.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { findHost } from '../tools/ostree/host.js';
import { imageNeeds } from '../tools/podman/image-needs.js';
import { readStoreFiles } from '../tools/podman/store-files.js';
import { storeLayersReader } from '../tools/podman/store-layers.js';
import { podmanOf } from './podman.js';

/** The host and the store of this machine, as `prune` changes them. */
export function prunePorts(settings: StoreInput & StateInput, observe: Observe): PrunePorts {
  const podmans = podmanOf(settings, observe);
  return {
    findHost: (signal) => findHost(signal, traceOf(observe)),
    receipts: receiptStore(stateDirectory(settings.stateDir)),
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    stores: storeNames(settings),
    openStore: async (signal, store) => {
      const podman = podmans(store);
      return {
        ...(await openSession(settings, podman, signal, observe)),
        images: podman.images,
        usedImages: podman.usedImages,
        imageNeeds: async (stop) => imageNeeds(readStoreFiles(await podman.info(stop))),
        remove: podman.remove,
        untag: podman.untag,
        parts: keptParts(await podman.home(signal)),
        layers: async (stop) => storeLayersReader(await podman.info(stop))().digests,
      };
    },
    observe,
  };
}
