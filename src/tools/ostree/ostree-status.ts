import type { ListedDeployment } from '../../model/deployment.js';
import { list, object } from '../../text/shape.js';
import { checksum, flagOrFalse, readStatus, serial, stateroot, unreadable } from './status-json.js';

const status = object({
  deployments: list(
    object({
      stateroot,
      checksum,
      serial,
      booted: flagOrFalse,
      staged: flagOrFalse,
      rollback: flagOrFalse,
      pinned: flagOrFalse,
      'finalization-locked': flagOrFalse,
      'soft-reboot-target': flagOrFalse,
    }),
  ),
});

/**
 * Reads `ostree admin status --json` of libostree 2025.3 and later: the one that boots next comes first.
 * `finalization-locked` speaks of the staged deployment's own data and not of the lock file (ostree-sysroot.c,
 * `_ostree_sysroot_reload_staged`).
 *
 * @throws BoundImagesError `deployment`.
 */
export function parseOstreeJson(text: string): readonly ListedDeployment[] {
  const { deployments } = readStatus('ostree admin status --json', text, status);
  return deployments.map(
    ({ 'finalization-locked': locked, 'soft-reboot-target': softReboot, ...deployment }) => ({
      ...deployment,
      softReboot,
      locked,
    }),
  );
}

/** `* STATEROOT CHECKSUM.SERIAL (NOTE)`; the lines about a deployment follow it and are indented further. */
const headLine = /^([* ]) (?!\.{1,2} )([^\s/]+) ([0-9a-f]{64})\.(\d+)((?: \([^)]*\))*)$/;

/**
 * Reads `ostree admin status` of libostree before 2025.3, which has no JSON. Since 2023.8 a locked deployment is
 * `(finalization locked)` in place of `(staged)`; before, libostree knows no lock but the lock file
 * (ot-admin-builtin-status.c, `deployment_print_status`).
 *
 * @throws BoundImagesError `deployment`.
 */
export function parseOstreeText(text: string): readonly ListedDeployment[] {
  const lines = text.split('\n');
  const heads = lines.flatMap((line, index) => {
    const match = headLine.exec(line);
    return match === null ? [] : [{ match, index }];
  });
  if (heads.length === 0 && !lines.includes('No deployments.')) {
    throw unreadable('ostree admin status', 'no line names a deployment');
  }
  return heads.map(({ match, index }, position) => {
    const [, marker, name = '', commit = '', number, notes = ''] = match;
    const locked = notes.includes('(finalization locked)');
    return {
      stateroot: name,
      checksum: commit,
      serial: Number(number),
      booted: marker === '*',
      staged: locked || notes.includes('(staged)'),
      rollback: notes.includes('(rollback)'),
      pinned: lines.slice(index + 1, heads[position + 1]?.index).includes('    Pinned: yes'),
      softReboot: notes.includes('(soft-reboot)'),
      locked,
    };
  });
}
