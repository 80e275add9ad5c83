import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { copyArchive } from '../archive/copy.js';
import { ArchiveProblem } from '../archive/problem.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import {
  describeReferenceProblem,
  type PathReference,
  parseReference,
} from '../model/reference/reference.js';
import type { StoreInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';
import { markOf, type WorkDirectory, workDirectory } from '../pull/work-directory.js';
import { errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { type CopiedArchive, type ImageMounts, imageMounts } from '../tools/podman/mounted-image.js';
import { configuredImageStore } from '../tools/podman/storage-conf.js';
import { type Store, storeArguments } from '../tools/podman/store.js';
import { requireProgram } from '../tools/process/find-program.js';
import type { Trace } from '../tools/process/run.js';

export interface ImageInput extends StoreInput {
  /** An image of the local storage, or `TRANSPORT:PATH` of an archive or layout. */
  readonly image: string;
  readonly signal: AbortSignal;
}

/** What an image is, while it is mounted. */
export interface ImageRoot {
  /** The directory that has its files. */
  readonly root: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** The same, and what to do with it afterwards. */
interface Mounted extends ImageRoot {
  readonly unmount: () => Promise<void>;
}

/**
 * Mounts an image read-only, and calls `use` with its root. It is to be called where mounts are private to this
 * process, so that the kernel ends this one with it, however it ends. An archive is loaded into a store that is thrown
 * away.
 *
 * @throws BoundImagesError `usage`, `store`, `tool-missing`, `temporary-files`; the reason of `signal`.
 */
export async function withImageRoot<T>(
  input: ImageInput,
  observe: Observe,
  use: (image: ImageRoot) => Promise<T>,
): Promise<T> {
  const { image, signal } = input;
  const archive = archiveOf(image);
  const podman = requireProgram('podman', input.podman);
  const store = { root: input.storageRoot, runroot: input.storageRunroot };
  const trace = traceOf(observe);
  const work = workDirectory();
  try {
    const mounted =
      archive === undefined
        ? await mountStored(image, podman, store, signal, trace)
        : await mountArchive(archive, podman, work, signal, trace);
    try {
      signal.throwIfAborted();
      return await use(mounted);
    } finally {
      await mounted.unmount();
    }
  } finally {
    work.remove();
  }
}

/** The file or directory that the text names; `undefined` for an image of the storage. @throws BoundImagesError `usage`. */
export function archiveOf(image: string): PathReference | undefined {
  if (!/^(?:oci-archive|oci|docker-archive|dir):/.test(image)) return undefined;
  const parsed = parseReference(image);
  if (!parsed.ok) throw wrongImage(image, describeReferenceProblem(parsed.problem).message);
  return parsed.reference.transport === 'docker' ? undefined : parsed.reference;
}

function wrongImage(image: string, problem: string, hint?: string): BoundImagesError {
  return new BoundImagesError('usage', `the image ${printable(image)}: ${problem}`, {
    ...(hint !== undefined && { hint }),
    reason: { kind: 'image-unusable', image: printable(image), problem },
  });
}

async function mountStored(
  image: string,
  podman: string,
  store: Store,
  signal: AbortSignal,
  trace: Trace,
): Promise<Mounted> {
  const mounts = imageMounts(podman, store, trace);
  const stored = await mounts.inspect(image, signal);
  if (stored === undefined) {
    const command = ['podman', ...storeArguments(store), 'pull', printable(image)].join(' ');
    throw new BoundImagesError('store', `the image ${printable(image)} is not in podman’s local storage`, {
      hint: `get it as the same user with “${command}”, or name an archive, such as oci-archive:PATH`,
    });
  }
  return await mount(mounts, image, stored.labels, signal);
}

async function mountArchive(
  archive: PathReference,
  podman: string,
  work: WorkDirectory,
  signal: AbortSignal,
  trace: Trace,
): Promise<Mounted> {
  const { text, transport, path } = archive;
  const directory = work.subdirectory();
  // podman would put the image where the configuration says, whatever the store.
  const imageStore = configuredImageStore() === null ? undefined : join(directory, 'images');
  // podman takes no runroot that is longer than 50 characters.
  const store = { root: join(directory, 'root'), runroot: shortPath(work.subdirectory()), imageStore };
  const mounts = imageMounts(podman, store, trace);
  const copied = await copyOf(archive, work.subdirectory(), signal);
  const [id = '', ...others] = await mounts.load(archive, copied, work.subdirectory(), signal);
  if (others.length > 0) {
    throw wrongImage(
      text,
      `there are ${others.length + 1} images in it`,
      `write ${transport}:${printable(path)}:NAME:TAG`,
    );
  }
  const loaded = await mounts.inspect(id, signal);
  if (loaded === undefined) throw new Error(`${text} was loaded, and is not there`);
  return await mount(mounts, id, loaded.labels, signal);
}

/**
 * A copy of an archive or layout, looked into: the path is the caller’s, and what is in it may come from anywhere.
 * podman makes a name of the path of a layout, and no name has capital letters.
 */
async function copyOf(
  archive: PathReference,
  directory: string,
  signal: AbortSignal,
): Promise<CopiedArchive> {
  const { text, path } = archive;
  const copied = { directory, name: 'given-image' };
  const to = join(directory, copied.name);
  let fd: number | undefined;
  try {
    // Without waiting for whoever may write to a FIFO.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    if (!stats.isFile() && !stats.isDirectory())
      throw new ArchiveProblem('it is neither a file nor a directory');
    await copyArchive(archive, fd, to, markOf(directory), { signal, onBytes: () => undefined });
    return copied;
  } catch (error) {
    signal.throwIfAborted();
    throw wrongImage(text, error instanceof ArchiveProblem ? error.message : errnoReason(error));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Another path of a directory, of a few lower-case letters and digits, until this process ends. */
function shortPath(directory: string): string {
  return `/proc/${process.pid}/fd/${openSync(directory, 'r')}`;
}

async function mount(
  mounts: ImageMounts,
  image: string,
  labels: ImageRoot['labels'],
  signal: AbortSignal,
): Promise<Mounted> {
  return { root: await mounts.mount(image, signal), labels, unmount: () => mounts.unmount(image) };
}
