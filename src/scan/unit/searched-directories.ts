import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { inFile } from '../../diagnostic/place.js';
import { joinRootPath, type RootPath, rootPath } from '../../model/path.js';
import { describeProblem } from '../../root/problem.js';
import type { ReadProblem, RootView } from '../../root/root-view.js';
import type { FollowedPodman } from './followed-podman.js';

/** `/run/containers/systemd` comes first for quadlet, but is not part of an image. */
const adminDirectory = rootPath('/etc/containers/systemd');
const distroDirectory = rootPath('/usr/share/containers/systemd');

/** Units for users, which root's generator leaves out: podman before 6 only where it comes to them below /etc. */
const usersDirectory = rootPath('/etc/containers/systemd/users');

/** Whether a unit is for the services of users. Source: podman-systemd.unit(5), “Podman rootless unit search path”. */
export function isOfUsers(unit: RootPath): boolean {
  return [adminDirectory, distroDirectory].some((directory) => unit.startsWith(`${directory}/users/`));
}

export interface SearchedDirectories {
  /** Resolved, in the order in which they are searched, with the names in them. */
  readonly directories: ReadonlyMap<RootPath, readonly string[]>;
  /** Those that could not be read: whatever is in them is unknown, an override among it. */
  readonly unreadable: readonly Diagnostic[];
}

/**
 * The directories that quadlet searches: each directory, then its subdirectories in byte order of their names; a
 * resolved directory counts once. `users` below /usr is a directory like others.
 * Source: podman pkg/systemd/quadlet/unitdirs.go, `AppendSubPaths` and `getRootDirs`.
 */
export function searchedDirectories(root: RootView, podman: FollowedPodman): SearchedDirectories {
  const directories = new Map<RootPath, readonly string[]>();
  const unreadable: Diagnostic[] = [];
  const report = (problem: ReadProblem) => {
    const args = { problem: describeProblem(problem) };
    unreadable.push(diagnose('search-directory-unreadable', inFile(problem.path), args));
  };
  const users = root.resolve(usersDirectory);
  // Compared as text, as the generator does: `users-old` goes, too.
  const skipped = users.kind === 'directory' ? users.path : usersDirectory;
  const visit = (path: RootPath, isAdmin: boolean): void => {
    const at = root.resolve(path);
    if (at.kind === 'unreadable') report(at);
    if (at.kind !== 'directory' || directories.has(at.path)) return;
    if (at.path.endsWith('.d')) return;
    if (at.path.startsWith(skipped) && (isAdmin || podman.isSix())) return;
    const listing = root.readDirectory(at.path);
    if (!listing.ok) report(listing.problem);
    const names = listing.ok ? listing.names : [];
    directories.set(at.path, names);
    for (const name of names) visit(joinRootPath(at.path, name), isAdmin);
  };
  visit(adminDirectory, true);
  visit(distroDirectory, false);
  return { directories, unreadable };
}
