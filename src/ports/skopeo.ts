import type { Observe } from '../model/events.js';
import type { OpenSkopeo } from '../operations/asking-registries.js';
import type { AskingInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';

/** The skopeo that the settings name. Most checks ask nobody, and start without what asks. */
export function skopeoOf({ skopeo }: AskingInput, observe: Observe): OpenSkopeo {
  return async (redact, environment) => {
    const { findSkopeo } = await import('../tools/registry/skopeo.js');
    return findSkopeo(skopeo, traceOf(observe), environment, redact);
  };
}
