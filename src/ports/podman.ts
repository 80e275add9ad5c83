import { join } from 'node:path';
import type { Observe } from '../model/events.js';
import type { StoreName } from '../model/store-name.js';
import type { PullingInput, StateInput, StoreInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';
import { stateDirectory } from '../state/state-directory.js';
import { bootcStore, requireBootcStore } from '../tools/podman/bootc-store.js';
import { findPodman, type Podman } from '../tools/podman/podman.js';

/** What podman is looked for with. */
export type PodmanSettings = StoreInput &
  Pick<StateInput, 'stateDir'> &
  Partial<Pick<PullingInput, 'nice' | 'layerConcurrency'>>;

/**
 * podman on a store: `podman` is the one that the settings name, or podman's own. It is looked for when it is first wanted, for
 * much needs none.
 *
 * @throws BoundImagesError, when it is called: `tool-missing`; `store` and `usage` where bootc's store is not to be had.
 */
export function podmanOf(settings: PodmanSettings, observe: Observe): (store: StoreName) => Podman {
  const { storageRoot, storageRunroot, nice = false, layerConcurrency } = settings;
  const found = new Map<StoreName, Podman>();
  const find = (name: StoreName) => {
    if (name === 'bootc') requireBootcStore();
    const store =
      name === 'bootc'
        ? bootcStore(join(stateDirectory(settings.stateDir), 'bootc-store'))
        : { root: storageRoot, runroot: storageRunroot };
    return findPodman(settings.podman, { store, nice, layerConcurrency }, traceOf(observe));
  };
  return (name) => {
    const podman = found.get(name) ?? find(name);
    found.set(name, podman);
    return podman;
  };
}
