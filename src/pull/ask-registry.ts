import type { AskRegistry } from '../plan/plan.js';
import type { Skopeo } from '../registry/skopeo.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { withCredentials } from './with-credentials.js';
import type { WorkDirectory } from './work-directory.js';

/** A registry that does not answer must not keep the images waiting that are missing. */
const limitMs = 30_000;

/** Asks a registry through skopeo what a tag is now, with the credentials and certificates of the pull. */
export function askThroughSkopeo(skopeo: Skopeo, work: WorkDirectory, signal: AbortSignal): AskRegistry {
  return async (resolved) => {
    const { reference, options } = resolved.image;
    if (reference.transport !== 'docker') throw new Error(`not in a registry: ${reference.text}`);
    const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const directory = work.subdirectory();
    const files = writePrivateFiles(directory, resolved);
    const { result } = await withCredentials(
      resolved.credentials,
      (candidate) => {
        const authfile = authfileFor(directory, resolved, candidate);
        return skopeo.digest(reference, options, { ...files, authfile }, limited);
      },
      (inspected) => (inspected.kind === 'failed' ? inspected.failure : undefined),
    );
    return result;
  };
}
