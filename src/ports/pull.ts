import type { Observe } from '../model/events.js';
import type { PullingInput, RootInput, StateInput } from '../operations/inputs.js';
import type { LeasingStore } from '../operations/prefetch.js';
import type { PullPorts } from '../operations/pull.js';
import { pullImages } from '../operations/pulling.js';
import { openSession } from '../operations/store-session.js';
import { planPorts } from './plan.js';

/** The store of this machine and the registries, as `pull` uses them. */
export function pullPorts(
  settings: PullingInput & StateInput & Pick<RootInput, 'currentRoot'>,
  observe: Observe,
  ports = planPorts(settings, observe),
): PullPorts<LeasingStore> {
  return {
    openStore: async (signal) => {
      const podman = ports.podman();
      return {
        ...(await openSession(settings, podman, signal, observe)),
        complete: (bound, stop) => pullImages(bound, settings, { ...ports, podman }, stop),
      };
    },
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    observe,
  };
}
