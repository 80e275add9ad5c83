import type { BoundImagesError } from '../../model/error.js';
import type { PathReference } from '../../model/reference/reference.js';
import { printable } from '../../text/printable.js';
import { run, type Trace } from '../process/run.js';
import { absent, questions, storeError } from './ask.js';
import { patiently } from './busy-store.js';
import { type InspectedImage, inspecting, noSuchImage } from './inspected-image.js';
import { type Store, storeArguments } from './store.js';

/** A podman that shows what is in an image. It needs a mount namespace in which it may mount. */
export interface ImageMounts {
  /** The image of that name or ID; `undefined` where the store has none. @throws BoundImagesError `store`, `store-busy`. */
  inspect(image: string, signal: AbortSignal): Promise<InspectedImage | undefined>;
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

/** @param program the path of a podman. */
export function imageMounts(program: string, store: Store, trace?: Trace): ImageMounts {
  const global = storeArguments(store);
  const ask = questions(program, store, trace);

  return {
    inspect: (image, signal) =>
      ask(inspecting(image), signal).catch((error: unknown) => absent(error, noSuchImage)),
    load: async ({ text, transport, path }, { directory, name }, temporaryDirectory, signal) => {
      const source = `${transport}:${name}`;
      const env = { TMPDIR: temporaryDirectory };
      const args = [...global, 'image', 'pull', '--quiet', '--', source];
      const result = await run(program, args, { env, cwd: directory, signal, trace });
      signal.throwIfAborted();
      const ids = new Set(result.stdout.match(/^[0-9a-f]{64}$/gm));
      if (result.exitCode !== 0 || ids.size === 0)
        throw cannot(
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
        if (result.exitCode !== 0 || !path.startsWith('/')) throw cannot('mount', image, result.stderr);
        return path;
      }, signal),
    unmount: async (image) => {
      // Whether or not it succeeds, the mount ends with this process.
      await run(program, [...global, 'image', 'unmount', '--', image], { trace });
    },
  };
}

/** The error of a podman that wrote this when it was to do something with an image. */
export function cannot(verb: string, image: string, stderr: string): BoundImagesError {
  const hint =
    'see whether podman can read it: podman image inspect for an image, skopeo inspect for an archive';
  return storeError(`${verb} ${printable(image)}`, stderr, hint);
}
