import type { Podman } from '../tools/podman/podman.js';
import type { StateInput } from './inputs.js';

/** podman's `graphRoot`. Only podman knows which one it is by default. @throws BoundImagesError `store`. */
export async function graphRootOf(
  { storageRoot }: Pick<StateInput, 'storageRoot'>,
  podman: Podman,
  signal: AbortSignal,
): Promise<string> {
  return storageRoot ?? (await podman.info(signal)).graphRoot;
}
