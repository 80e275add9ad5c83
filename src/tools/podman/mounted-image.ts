import type { BoundImagesError } from '../../model/error.js';
import type { PathReference } from '../../model/reference/reference.js';
import { printable } from '../../text/printable.js';
import { run, type Trace } from '../process/run.js';
import { storeError } from './ask.js';
import { patiently } from './busy-store.js';
import { type Store, storeArguments } from './store.js';

/** A podman that shows what is in an image. It needs a mount namespace in which it may mount. */
export interface ImageMounts {
  /** Whether the store has an image of that name or ID. @throws BoundImagesError `store`, `store-busy`. */
  has(image: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Loads the images of an archive or layout, of which `copied` is a copy that holds what is asked for, and returns
   * their IDs.
   * @throws BoundImagesError `store`.
   */
  load(
    archive: PathReference,
    copied: CopiedArchive,
    temporaryDirectory: string,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Mounts an image read-only and returns where; `signal` ends the wait for a busy store. @throws BoundImagesError `store`. */
  mount(image: string, signal: AbortSignal): Promise<string>;
  /** Gives back what `mount` took. */
  unmount(image: string): Promise<void>;
}

export interface CopiedArchive {
  /** Private. */
  readonly directory: string;
  /** Of the copy in it, in small letters. */
  readonly name: string;
}

export interface MountingStore extends Store {
  /** `imagestore` of storage.conf(5), where another one than the configured is to be used. */
  readonly imageStore?: string | undefined;
}

/** @param program the path of a podman. */
export function imageMounts(program: string, store: MountingStore, trace?: Trace): ImageMounts {
  const { imageStore } = store;
  const global = [
    ...storeArguments(store),
    ...(imageStore === undefined ? [] : ['--imagestore', imageStore]),
  ];

  return {
    has: (image, signal) =>
      patiently(async () => {
        const result = await run(program, [...global, 'image', 'exists', '--', image], { signal, trace });
        signal.throwIfAborted();
        // podman-image-exists(1): 1 is the answer no, everything else is a failure.
        if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
        throw failed('look for', image, result.stderr);
      }, signal),
    load: async ({ text, transport, path }, { directory, name }, temporaryDirectory, signal) => {
      const source = `${transport}:${name}`;
      const env = { TMPDIR: temporaryDirectory };
      const args = [...global, 'image', 'pull', '--quiet', '--', source];
      const result = await run(program, args, { env, cwd: directory, signal, trace });
      signal.throwIfAborted();
      const ids = new Set(result.stdout.match(/^[0-9a-f]{64}$/gm));
      if (result.exitCode !== 0 || ids.size === 0)
        throw failed(
          'load',
          text,
          result.stderr.replaceAll(name, () => path),
        );
      return [...ids];
    },
    // podman counts who has an image mounted, so neither of these is stopped half way.
    // Before it is mounted, its store may be busy; that wait ends with the signal.
    mount: (image, signal) =>
      patiently(async () => {
        const result = await run(program, [...global, 'image', 'mount', '--', image], { trace });
        const path = result.stdout.replace(/\n$/, '');
        if (result.exitCode !== 0 || !path.startsWith('/')) throw failed('mount', image, result.stderr);
        return path;
      }, signal),
    unmount: async (image) => {
      // Whether or not it succeeds, the mount ends with this process.
      await run(program, [...global, 'image', 'unmount', '--', image], { trace });
    },
  };
}

function failed(verb: string, image: string, stderr: string): BoundImagesError {
  const hint =
    'see whether podman can read it: podman image inspect for an image, skopeo inspect for an archive';
  return storeError(`${verb} ${printable(image)}`, stderr, hint);
}
