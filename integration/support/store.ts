import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecOptions, type ExecResult, exec, execOk } from './exec.js';
import { unmountBelow } from './mounts.js';
import { newTempDir } from './temp.js';

/** An image as `podman image list` reports it. */
export type StoredImage = { readonly id: string; readonly digest: string; readonly names: readonly string[] };

/** A containers-storage instance that only one test uses. */
export type Store = {
  readonly root: string;
  readonly runroot: string;
  /** Global arguments that make podman use this store. */
  readonly podmanArgs: readonly string[];
  /** Environment that every podman on this store needs, the program under test included. */
  readonly env: Readonly<Record<string, string>>;
  readonly podman: (args: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  readonly images: () => Promise<readonly StoredImage[]>;
  readonly exists: (reference: string) => Promise<boolean>;
  /** Text of a file in an image. */
  readonly contents: (reference: string, path: string) => Promise<string>;
  /** Unmounts everything, also what podman left mounted, and deletes it unless it lies in a `parent`. */
  readonly remove: () => Promise<void>;
};

/**
 * Creates an empty store, in a temporary directory or in the existing directory `parent`. The driver is the
 * one that `podman` picks, or vfs where that one does not start. Podmans of different versions share no store.
 */
export async function newStore(parent?: string, podman = 'podman'): Promise<Store> {
  const dir = parent === undefined ? await newTempDir() : { path: parent, remove: async () => undefined };
  const root = join(dir.path, 'root');
  const runroot = join(dir.path, 'runroot');
  const podmanArgs = ['--root', root, '--runroot', runroot];
  const remove = async () => {
    await unmountBelow(root);
    await unmountBelow(runroot);
    await dir.remove();
  };
  try {
    await mkdir(root, { recursive: true });
    await mkdir(runroot, { recursive: true });
    const working = await workingEnvironment(podman, podmanArgs);
    const env = { ...working, BOUND_IMAGES_STATE_DIR: join(dir.path, 'state') };
    return storeAt(podman, root, runroot, podmanArgs, env, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function workingEnvironment(
  podman: string,
  podmanArgs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const quiet = { PODMAN_IGNORE_CGROUPSV1_WARNING: '1' };
  const native = await exec(podman, [...podmanArgs, 'info'], { env: quiet });
  if (native.exitCode === 0) return quiet;
  const vfs = { ...quiet, STORAGE_DRIVER: 'vfs' };
  await execOk(podman, [...podmanArgs, 'info'], { env: vfs });
  return vfs;
}

function storeAt(
  podman: string,
  root: string,
  runroot: string,
  podmanArgs: readonly string[],
  env: Readonly<Record<string, string>>,
  remove: () => Promise<void>,
): Store {
  const withEnv = (options?: ExecOptions): ExecOptions => ({ ...options, env: { ...env, ...options?.env } });
  const output = (...args: readonly string[]) => execOk(podman, [...podmanArgs, ...args], withEnv());
  return {
    root,
    runroot,
    podmanArgs,
    env,
    podman: (args, options) => exec(podman, [...podmanArgs, ...args], withEnv(options)),
    images: async () => parseImages(await output('image', 'list', '--format', 'json')),
    exists: async (reference) => {
      const result = await exec(podman, [...podmanArgs, 'image', 'exists', '--', reference], withEnv());
      if (result.exitCode !== 0 && result.exitCode !== 1) throw new Error(result.stderr);
      return result.exitCode === 0;
    },
    contents: async (reference, path) => {
      // What `podman image mount` mounts cannot be seen from here when podman has a mount namespace of its own.
      const container = (await output('create', '--', reference, 'none')).trim();
      const copy = join(runroot, 'copied-file');
      try {
        await output('cp', `${container}:/${path}`, copy);
        return await readFile(copy, 'utf8');
      } finally {
        await output('rm', container);
        await rm(copy, { force: true });
      }
    },
    remove,
  };
}

function parseImages(json: string): readonly StoredImage[] {
  const rows: readonly { Id: string; Digest: string; Names?: readonly string[] }[] = JSON.parse(json);
  // podman prints an image once for each of its names, always with all of them.
  const images = new Map(rows.map(({ Id, Digest, Names }) => [Id, { digest: Digest, names: Names ?? [] }]));
  return [...images].map(([id, image]) => ({ id, ...image }));
}
