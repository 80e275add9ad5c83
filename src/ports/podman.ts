import type { Observe } from '../model/events.js';
import type { PullingInput, StoreInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';
import { findPodman, type Podman } from '../tools/podman/podman.js';

/** What podman is looked for with. */
export type PodmanSettings = StoreInput & Partial<Pick<PullingInput, 'nice' | 'layerConcurrency'>>;

/**
 * podman on the store that the settings name. It is looked for when it is first wanted, for much needs none.
 *
 * @throws BoundImagesError `tool-missing`, when it is called.
 */
export function podmanOf(settings: PodmanSettings, observe: Observe): () => Podman {
  const { storageRoot, storageRunroot, nice = false, layerConcurrency } = settings;
  const store = { root: storageRoot, runroot: storageRunroot };
  let found: Podman | undefined;
  return () => {
    found ??= findPodman(settings.podman, { store, nice, layerConcurrency }, traceOf(observe));
    return found;
  };
}
