import { join } from 'node:path';
import { isOlder } from '../../src/tools/process/is-older.js';
import { execOk } from './exec.js';
import { unpackedPodman } from './unpacked-podman.js';

/** The podman that the quadlet reader follows, or newer. */
const VERSION = '5.8';

/**
 * Returns the path of the quadlet generator of podman 5.8 or newer, taken from the distribution's package
 * and run unpacked: the generator needs no installed podman. The first call downloads it, later ones reuse it.
 *
 * @throws Error that names the step, when the machine has no mirror of its distribution or a command fails
 */
export async function newerQuadlet(): Promise<string> {
  const quadlet = join(await unpackedPodman(VERSION), 'usr/libexec/podman/quadlet');
  const version = (await execOk(quadlet, ['-version'])).trim();
  if (isOlder(version, VERSION)) {
    throw new Error(
      `the quadlet generator at ${quadlet} is ${version}; these tests need ${VERSION} or newer`,
    );
  }
  return quadlet;
}
