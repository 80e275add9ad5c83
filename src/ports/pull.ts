import type { Observe } from '../model/events.js';
import type { StoreName } from '../model/store-name.js';
import type { PullingInput, RootInput, StateInput } from '../operations/inputs.js';
import { storeNames } from '../operations/into-stores.js';
import type { LeasingStore } from '../operations/prefetch.js';
import type { PullPorts } from '../operations/pull.js';
import { pullImages } from '../operations/pulling.js';
import { type OneStore, severalStores } from '../operations/several-stores.js';
import { openSession } from '../operations/store-session.js';
import { hasBootcStore } from '../tools/podman/bootc-store.js';
import { payloadPorts } from './payloads.js';
import { planPorts } from './plan.js';

/** The stores of this machine and the registries, as `pull` uses them. */
export function pullPorts(
  settings: PullingInput & StateInput & Pick<RootInput, 'currentRoot'>,
  observe: Observe,
  ports = planPorts(settings, observe),
): PullPorts<LeasingStore> {
  const open = async (name: StoreName, signal: AbortSignal): Promise<OneStore> => {
    const podman = ports.podman(name);
    return {
      ...(await openSession(settings, podman, signal, observe)),
      home: await podman.home(signal),
      complete: (bound, stop, told, next) =>
        pullImages(bound, settings, { ...ports, observe: told, podman }, stop, next),
    };
  };
  return {
    ...payloadPorts(settings, () => ports.podman('podman'), observe),
    // bootc's may not be made yet, where nothing goes into it.
    openStore: (signal) =>
      severalStores(
        open,
        storeNames(settings).filter((name) => name === 'podman' || hasBootcStore()),
        observe,
        signal,
      ),
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    observe,
  };
}
