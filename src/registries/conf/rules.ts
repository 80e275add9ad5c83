import { isOlder } from '../../tools/process/is-older.js';

/** `N.N.N`, of the podman that reads. */
export type PodmanVersion = string;

/** The rules of the newest podman 5 count where nobody knows the version. */
export const newestKnown: PodmanVersion = '5.99.0';

/** The first podman with the rules of 6. */
export const withNewLoader: PodmanVersion = '6.0.0';

/**
 * podman 6 looks in more directories, knows files of the vendor and no version 1 format.
 * Source: newConfigWrapper in go.podman.io/image pkg/sysregistriesv2 5.41, go.podman.io/storage pkg/configfile.
 */
export function hasNewLoader(version: PodmanVersion): boolean {
  return !isOlder(version, withNewLoader);
}

/** An empty list is none, where formats are told apart. Source: Nonempty, as above, before 5.24. */
export function ignoresEmptyLists(version: PodmanVersion): boolean {
  return isOlder(version, '4.4.0');
}

/** A slash at the end of the location of a mirror stays, and no name below it is valid. Source: as above, before 5.35. */
export function keepsSlashOfMirror(version: PodmanVersion): boolean {
  return isOlder(version, '5.5.0');
}

/** A drop-in that is a link to nowhere is an error. Source: dropInConfigs, as above, before 5.34. */
export function needsEveryDropIn(version: PodmanVersion): boolean {
  return isOlder(version, '5.4.0');
}

/** An auth file that is named keeps podman from its own. Source: getAuthFilePaths in pkg/docker/config, from 5.24 on. */
export function isNamedAuthFileAlone(version: PodmanVersion): boolean {
  return !isOlder(version, '4.4.0');
}
