import { closeSync, constants, openSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { BoundImagesError } from '../../model/error.js';
import { type HostPath, rootPath } from '../../model/path.js';
import { diskTree } from '../../root/disk-tree.js';
import { nowhereOnHost, type Tree } from '../../root/tree.js';
import { errnoReason } from '../../text/errno.js';
import { printable } from '../../text/printable.js';
import { withPrivateMounts } from '../process/private-mounts.js';
import { run, type Trace } from '../process/run.js';
import { patiently } from './busy-store.js';
import { cannot } from './mounted-image.js';
import { type Store, storeArguments } from './store.js';

/** The files of an image of the store, read-only. */
export interface OpenedImage {
  /** It is at no path of this host. */
  readonly tree: Tree;
  /** Where this process can open the same directory, until it is closed. */
  readonly top: HostPath;
  /** The kernel takes the mount down then, or when this process ends. */
  close(): void;
}

/**
 * Mounts an image, says where, and unmounts it once there is an end of what it reads. The names are arguments, and no
 * text of the script.
 */
const script = `image=$1
shift
path=$("$@" image mount -- "$image") || exit
printf '%s\\n' "$$ $path"
read -r _
"$@" image unmount -- "$image" >&2`;

/**
 * Opens the root directory of an image of the store, which another process mounts in a namespace of its own: nobody else
 * sees the mount, and podman has unmounted it again when this returns. What is open stays there until it is closed
 * (umount2(2), `MNT_DETACH`).
 *
 * @param program the path of a podman
 * @throws BoundImagesError `tool-missing`; `store` when it cannot be mounted, by this user or at all
 */
export async function openImage(
  program: string,
  store: Store,
  image: string,
  signal: AbortSignal,
  trace?: Trace,
): Promise<OpenedImage> {
  const podman = [program, ...storeArguments(store)];
  const [first = '', ...wrappers] = await withPrivateMounts([...podman, 'unshare']);
  const args = [...wrappers, '/bin/sh', '-c', script, 'bound-images', image, ...podman];
  const mounted = await patiently(async () => {
    signal.throwIfAborted();
    const input = new PassThrough();
    let said = '';
    let opened: { readonly descriptor: number } | { readonly reason: string } | undefined;
    // podman counts who has an image mounted, so it is not stopped half way.
    const { stderr } = await run(first, args, {
      input,
      trace,
      onOutput: (text) => {
        said += text;
        const [, pid, path] = /^(\d+) (\/.*)\n/.exec(said) ?? [];
        if (pid === undefined || opened !== undefined) return;
        opened = openDirectory(`/proc/${pid}/root${path}`);
        input.end();
      },
    });
    if (opened === undefined) throw cannot('mount', image, stderr);
    return opened;
  }, signal);
  if ('reason' in mounted) {
    throw new BoundImagesError('store', `${printable(image)} cannot be opened: ${mounted.reason}`, {
      hint: 'run it as root',
    });
  }
  const { descriptor } = mounted;
  // The name itself is a link, and a root is opened as no link.
  const top = `/proc/self/fd/${descriptor}/.` as HostPath;
  const tree = { ...diskTree(top), hostPath: nowhereOnHost };
  const close = () => closeSync(descriptor);
  const listing = tree.readDirectory(rootPath('/'));
  if (listing.ok && listing.names.length > 0) return { tree, top, close };
  close();
  // A podman that makes a mount namespace of its own leaves an empty directory for everybody else.
  throw new BoundImagesError(
    'store',
    `no file of ${printable(image)} can be seen where ${printable(program)} has mounted it`,
    { hint: 'use a podman that runs on this host itself, or name the registry that has the image' },
  );
}

// Node has no name for it; see root/directories.ts.
const O_PATH = 0o10000000;

function openDirectory(path: string): { readonly descriptor: number } | { readonly reason: string } {
  try {
    return { descriptor: openSync(path, O_PATH | constants.O_DIRECTORY) };
  } catch (error) {
    return { reason: errnoReason(error) };
  }
}
