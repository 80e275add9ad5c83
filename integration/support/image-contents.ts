import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './programs.js';
import { newTempDir } from './temp.js';

/** Runs podman on one store and returns its stdout; an exit status other than 0 is an Error. */
export type PodmanCall = (...args: readonly string[]) => Promise<string>;

/**
 * Returns what the podman at `program` shows of an image: for each path, sorted, its mode and, of a file, the
 * digest of its bytes.
 */
export async function imageContents(
  program: string,
  podman: PodmanCall,
  reference: string,
): Promise<readonly string[]> {
  // What an unpacked podman mounts is mounted for nobody else.
  const isOwn = program === (await findProgram('podman'));
  return await (isOwn ? mountedContents(podman, reference) : copiedContents(podman, reference));
}

async function mountedContents(podman: PodmanCall, reference: string): Promise<readonly string[]> {
  const mountPoint = (await podman('image', 'mount', '--', reference)).trim();
  try {
    return await contentsBelow(mountPoint);
  } finally {
    await podman('image', 'unmount', '--', reference);
  }
}

async function copiedContents(podman: PodmanCall, reference: string): Promise<readonly string[]> {
  const copy = await newTempDir();
  const container = (await podman('create', '--', reference, 'none')).trim();
  try {
    await podman('cp', `${container}:/.`, copy.path);
    return await contentsBelow(copy.path);
  } finally {
    await podman('rm', container);
    await copy.remove();
  }
}

async function contentsBelow(directory: string): Promise<readonly string[]> {
  const paths = (await readdir(directory, { recursive: true })).sort();
  return await Promise.all(paths.map((path) => describe(directory, path)));
}

async function describe(directory: string, path: string): Promise<string> {
  const file = join(directory, path);
  const stats = await lstat(file);
  const mode = stats.mode.toString(8);
  if (!stats.isFile()) return `${path} ${mode}`;
  const digest = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return `${path} ${mode} ${digest}`;
}
