import type { Observe } from '../model/events.js';
import type { StateInput } from '../operations/inputs.js';
import type { LinkPayloadsPorts } from '../operations/link-payloads.js';
import { payloadStore } from '../state/payloads.js';
import { stateDirectory } from '../state/state-directory.js';
import { bootedDeployment } from '../tools/ostree/booted-deployment.js';

/** The payloads of this machine, and its /run. */
export function linkPayloadsPorts(
  settings: Pick<StateInput, 'stateDir'>,
  observe: Observe,
): LinkPayloadsPorts {
  return {
    bootedDeployment: () => bootedDeployment(),
    payloads: payloadStore(stateDirectory(settings.stateDir)),
    run: '/run',
    observe,
  };
}
