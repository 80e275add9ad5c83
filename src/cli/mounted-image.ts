import { archiveOf, type ImageInput, type ImageRoot, withImageRoot } from '../ports/image-root.js';
import { storeArguments } from '../tools/podman/store.js';
import { requireProgram } from '../tools/process/find-program.js';
import { hasPrivateMounts, runWithPrivateMounts } from '../tools/process/private-mounts.js';
import { traceCommands } from './findings.js';
import { observerFor } from './observer.js';
import type { RootOptions } from './options.js';
import { sayStopping, untilStopped } from './until-stopped.js';

export interface MountedImageOptions
  extends Omit<ImageInput, 'signal'>,
    Pick<RootOptions<string>, 'format' | 'quiet' | 'verbose'> {
  readonly timeout?: number | undefined;
}

/**
 * Mounts an image read-only, calls `use` with its root, and returns the exit status that it gives. Nothing stays
 * mounted: it happens in another process of this program, in a mount namespace of its own, so that the kernel ends
 * the mount with that process, however it ends.
 *
 * @throws BoundImagesError `usage`, `store`, `tool-missing`, `temporary-files`.
 */
export async function withMountedImage(
  options: MountedImageOptions,
  use: (root: ImageRoot, signal: AbortSignal, interrupted: () => number | undefined) => Promise<number>,
): Promise<number> {
  archiveOf(options.image);
  const podman = requireProgram('podman', options.podman);
  if (!hasPrivateMounts()) {
    const store = { root: options.storageRoot, runroot: options.storageRunroot };
    const trace = options.verbose ? traceCommands() : undefined;
    return await runWithPrivateMounts([podman, ...storeArguments(store), 'unshare'], trace);
  }
  return await untilStopped(options, sayStopping, (signal, interrupted) =>
    withImageRoot({ ...options, signal }, observerFor(options), (root) => use(root, signal, interrupted)),
  );
}
