import type { StateInput } from '../../operations/inputs.js';
import { linkPayloads as linkPayloadsOperation } from '../../operations/link-payloads.js';
import { linkPayloadsPorts } from '../../ports/link-payloads.js';
import { exitStatus } from '../exit-status.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { linkPayloadsJson, linkPayloadsText } from '../report/link-payloads.js';

export interface LinkPayloadsOptions
  extends Pick<RootOptions, 'format' | 'quiet' | 'verbose'>,
    Pick<StateInput, 'stateDir'> {}

/** `bound-images link-payloads`: links the payloads of the deployment that is running into /run. */
export async function linkPayloads(options: LinkPayloadsOptions): Promise<number> {
  const result = linkPayloadsOperation(linkPayloadsPorts(options, observerFor(options)));
  writeResult(options.format === 'json' ? linkPayloadsJson(result) : linkPayloadsText(result));
  return exitStatus.ok;
}
