import { joinRootPath, type RootPath, rootPath } from '../root/path.js';
import type { RootView } from '../root/root-view.js';

/** `/run/containers/systemd` comes first for quadlet, but is not part of an image. */
const adminDirectory = rootPath('/etc/containers/systemd');
const distroDirectory = rootPath('/usr/share/containers/systemd');

/** Units for users; only root's directories of /etc are searched without them. */
const usersDirectory = rootPath('/etc/containers/systemd/users');

/**
 * The directories that quadlet searches, resolved, and the names in them: each directory, then its
 * subdirectories in byte order of their names; a resolved directory counts once.
 * Source: podman pkg/systemd/quadlet/unitdirs.go, `AppendSubPaths` and `getRootDirs`.
 */
export function searchedDirectories(root: RootView): ReadonlyMap<RootPath, readonly string[]> {
  const directories = new Map<RootPath, readonly string[]>();
  const users = root.resolve(usersDirectory);
  // Compared as text, as the generator does: `users-old` goes, too.
  const skipped = users.kind === 'directory' ? users.path : usersDirectory;
  const visit = (path: RootPath, isAdmin: boolean): void => {
    const at = root.resolve(path);
    if (at.kind !== 'directory' || directories.has(at.path)) return;
    if (at.path.endsWith('.d') || (isAdmin && at.path.startsWith(skipped))) return;
    const listing = root.readDirectory(at.path);
    const names = listing.ok ? listing.names : [];
    directories.set(at.path, names);
    for (const name of names) visit(joinRootPath(at.path, name), isAdmin);
  };
  visit(adminDirectory, true);
  visit(distroDirectory, false);
  return directories;
}
