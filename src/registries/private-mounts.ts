import { readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../tools/process/mounts.js';
import {
  certificateDirectories,
  dropInDirectories,
  type HostPlaces,
  kindOf,
  namesIn,
  signatureDirectories,
  userDirectories,
} from './host-places.js';
import { makePrivate, writePrivate } from './private-files.js';

/**
 * The mounts with which podman finds in all the places of this host the registries.conf, certs.d and, if there is one,
 * registries.d of `ours` and no others; `undefined` where there is no /etc/containers to mount anything over. All else
 * stays what it is, podman's networks included, which it locks. Nothing is written outside of our own directories: where
 * the host has no such file to mount over, its directory is put together from its own entries, each of them mounted, and
 * ours.
 *
 * @param ours a directory of ours with registries.conf and, if there is anything to say, certs.d and registries.d
 * @param empty a directory with nothing in it
 */
export function privateMounts(ours: string, empty: string, host: HostPlaces): readonly Mount[] | undefined {
  const { administrator, vendor, dockerCertificates } = host;
  if (kindOf(administrator) !== 'directory') return undefined;
  const users = userDirectories(host);
  const signatures = join(ours, 'registries.d');
  const hasSignatures = kindOf(signatures) === 'directory';
  const all = [...users, vendor, administrator];
  const emptied = [
    ...all.flatMap(dropInDirectories),
    ...all.flatMap(certificateDirectories),
    dockerCertificates,
    ...(hasSignatures ? all.flatMap(signatureDirectories) : []),
  ].filter((path) => kindOf(path) === 'directory');
  const files = [...users, vendor].map((directory) => join(directory, 'registries.conf'));
  const conf = join(ours, 'registries.conf');
  // A user's is read in the place of the others; where it is read beside them, files of one name count once.
  const usersOwn = users
    .map((directory) => join(directory, 'registries.d'))
    .filter((path) => hasSignatures && kindOf(path) === 'directory');
  // Ours come last: a link of a user may lead to them.
  return [
    ...emptied.map((to) => ({ from: empty, to })),
    ...files.filter((path) => kindOf(path) === 'file').map((to) => ({ from: conf, to })),
    ...usersOwn.map((to) => ({ from: signatures, to })),
    ...administratorMounts(ours, administrator, hasSignatures),
  ];
}

function administratorMounts(ours: string, administrator: string, hasSignatures: boolean): readonly Mount[] {
  const names = ['registries.conf', 'certs.d', 'registries.d'];
  const own = names.filter((name) => kindOf(join(ours, name)) !== 'nothing');
  const mounts = own.map((name) => ({ from: join(ours, name), to: join(administrator, name) }));
  if (mounts.every(({ from, to }) => kindOf(from) === kindOf(to))) return mounts;
  const hidden = [
    'registries.conf',
    ...dropInDirectories(''),
    ...certificateDirectories(''),
    ...(hasSignatures ? signatureDirectories('') : []),
  ];
  const kept = namesIn(administrator).filter((name) => !hidden.includes(name));
  const entries = kept.flatMap((name) => entryMount(join(administrator, name), join(ours, name)));
  return [...entries, { from: ours, to: administrator }];
}

/** What is neither file nor directory configures nothing; a link that leads nowhere yet may do so later. */
function entryMount(from: string, to: string): readonly Mount[] {
  const kind = kindOf(from);
  if (kind === 'file') writePrivate(to, '');
  else if (kind === 'directory') makePrivate(to);
  else {
    copyLink(from, to);
    return [];
  }
  return [{ from, to }];
}

function copyLink(from: string, to: string): void {
  try {
    symlinkSync(readlinkSync(from), to);
  } catch {
    // It is none.
  }
}
