import type { ListedDeployment } from '../../model/deployment.js';
import { list, object } from '../../text/shape.js';
import { checksum, flagOrFalse, readStatus, serial, stateroot } from './status-json.js';

export const rpmOstreeStatus = ['status', '--json'] as const;

const status = object({
  deployments: list(
    object({
      osname: stateroot,
      checksum,
      serial,
      booted: flagOrFalse,
      staged: flagOrFalse,
      pinned: flagOrFalse,
      'finalization-locked': flagOrFalse,
    }),
  ),
});

/**
 * Reads `rpm-ostree status --json` (2021.1 to 2026.2): the one that boots next comes first. What it says of a lock
 * is whether there is a lock file (rust/src/daemon.rs, `deployment_populate_variant`). It does not say which is
 * the rollback: as for libostree, that is the first after the booted one in the same stateroot. Nor does it say which is
 * prepared for a soft reboot.
 *
 * @throws BoundImagesError `deployment`.
 */
export function parseRpmOstreeStatus(json: string): readonly ListedDeployment[] {
  const { deployments } = readStatus(['rpm-ostree', ...rpmOstreeStatus].join(' '), json, status);
  const booted = deployments.findIndex((deployment) => deployment.booted);
  const rollback = deployments.findIndex(
    ({ osname }, index) => booted >= 0 && index > booted && osname === deployments[booted]?.osname,
  );
  return deployments.map(({ osname, 'finalization-locked': locked, ...deployment }, index) => ({
    ...deployment,
    stateroot: osname,
    rollback: index === rollback,
    softReboot: false,
    locked,
  }));
}
