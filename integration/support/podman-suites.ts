import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isOlder } from '../../src/tools/process/is-older.js';
import { execOk } from './exec.js';
import { findProgram } from './programs.js';
import { type PodmanVersion, unpackedPodman } from './unpacked-podman.js';

/** Paths of two programs. */
export type PodmanPrograms = { readonly podman: string; readonly skopeo: string };

/**
 * Returns a podman of that version and the skopeo of its time: the machine's own if they are that, else unpacked
 * ones. Give each version a store of its own: 4.3 may refuse one that a newer podman has used.
 *
 * What an unpacked podman mounts is unmounted when it ends: the path that `podman image mount` prints is empty to
 * everyone else.
 *
 * @throws Error when the version cannot be had on this machine or does not run here
 */
export async function podmanOf(version: PodmanVersion): Promise<PodmanPrograms> {
  const own = await findProgram('podman').catch(() => undefined);
  if (own !== undefined && (await fullVersion(own)).startsWith(`${version}.`)) {
    return { podman: own, skopeo: await findProgram('skopeo') };
  }
  await requireMergedUsr();
  const directory = await unpackedPodman(version);
  const podman = join(directory, 'podman');
  const found = await fullVersion(podman);
  if (isOlder(found, version)) throw new Error(`${podman} is ${found}; these tests need ${version}`);
  return { podman, skopeo: join(directory, 'skopeo') };
}

async function fullVersion(podman: string): Promise<string> {
  return /\d+\.\d+\.\d+/.exec(await execOk(podman, ['--version']))?.[0] ?? '';
}

/** @throws Error where /lib is not in /usr: programs would then find the machine's libraries and not their own. */
async function requireMergedUsr(): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib']) {
    if ((await realpath(`/${name}`)) !== `/usr/${name}`) {
      throw new Error(`another podman than the machine’s own needs /${name} to be a link to /usr/${name}`);
    }
  }
}
