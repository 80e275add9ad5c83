import { BoundImagesError } from '../../model/error.js';
import type { Mount } from './mounts.js';
import { run } from './run.js';

/** Whether a program can be started with these mounts: root in a container often may not mount. */
export async function mayMount(mounts: readonly Mount[], signal?: AbortSignal): Promise<boolean> {
  try {
    const { exitCode } = await run('true', [], { mounts, signal });
    signal?.throwIfAborted();
    return exitCode === 0;
  } catch (error) {
    // What is needed for it is missing, or says that it is not allowed.
    if (error instanceof BoundImagesError && error.code === 'tool-missing') return false;
    throw error;
  }
}
