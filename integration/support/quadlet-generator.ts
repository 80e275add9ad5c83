import { join } from 'node:path';
import type { FollowedPodman } from '../../src/scan/unit/followed-podman.js';
import { isOlder } from '../../src/tools/process/is-older.js';
import { execOk } from './exec.js';
import { unpackedPodman } from './unpacked-podman.js';

/** The podmans whose generators the reader follows: the newest of those that read alike, and the newest. */
export const quadletVersions = ['5.8', '6.1'] as const;

export type QuadletVersion = (typeof quadletVersions)[number];

/** How we read as that one does. */
export function followed(version: QuadletVersion): FollowedPodman {
  return { isSix: () => version === '6.1' };
}

/**
 * Returns the path of the quadlet generator of that podman, or of a newer one of its suite, taken from the distribution's
 * package and run unpacked: the generator needs no installed podman. The first call downloads it, later ones reuse it.
 *
 * @throws Error that names the step, when the machine has no mirror of its distribution or a command fails
 */
export async function quadletGenerator(version: QuadletVersion): Promise<string> {
  const quadlet = join(await unpackedPodman(version), 'usr/libexec/podman/quadlet');
  const found = (await execOk(quadlet, ['-version'])).trim();
  if (isOlder(found, version)) {
    throw new Error(`the quadlet generator at ${quadlet} is ${found}; these tests need ${version} or newer`);
  }
  return quadlet;
}
