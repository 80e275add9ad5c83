import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type HostPath, joinRootPath, type RootPath, rootPath } from '../model/path.js';
import { diskTree } from '../root/disk-tree.js';
import { type RootView, rootView } from '../root/root-view.js';

/** Where the configuration of registries lies that counts. */
export interface ConfRoots {
  /** What `/etc` and `/usr/share` are taken from. */
  readonly system: RootView;
  /** This host as it runs. */
  readonly host: RootView;
  /** The user's own files count: they are those of `host`. */
  readonly hasUser: boolean;
  /** `system` is `host`: podman finds the same by itself. */
  readonly isOfHost: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Of the user who pulls; 0 is root. */
  readonly uid: number;
}

/**
 * Decides whose configuration counts: this host's, where the new root is the running system or brings none of its own,
 * as a partial tree does; else the new root's, beside which root's own files count that outlive it.
 *
 * @param currentRootPath as given; `null` where no system is updated
 */
export function confRoots(
  newRoot: RootView,
  { env, uid, currentRootPath }: Pick<ConfRoots, 'env' | 'uid'> & { readonly currentRootPath: string | null },
): ConfRoots {
  const host = rootView(diskTree('/' as HostPath), 'current');
  const isOfHost = newRoot.hostPath === '/' || !bringsConfiguration(newRoot);
  return {
    system: isOfHost ? host : newRoot,
    host,
    hasUser: isOfHost || (uid === 0 && currentRootPath === '/'),
    isOfHost,
    env,
    uid,
  };
}

/** Directories below which certificates lie by the host, in which root and version of podman ever. */
const certificateDirectories = [
  '/etc/containers/certs.d',
  '/etc/docker/certs.d',
  '/usr/share/containers/certs.d',
];

/** Whether a root has any file that says how registries are reached. */
function bringsConfiguration(root: RootView): boolean {
  return ['/etc/containers', '/usr/share/containers'].some((directory) => {
    const main = root.resolve(rootPath(`${directory}/registries.conf`)).kind;
    if (main !== 'missing' && main !== 'not-a-directory') return true;
    const dropIns = ['', '.rootful', '.rootless'].map((kind) => `registries${kind}.conf.d`);
    return dropIns.some((name) =>
      namesIn(root, rootPath(`${directory}/${name}`)).some((file) => file.endsWith('.conf')),
    );
  })
    ? true
    : certificateDirectories.some((directory) => namesIn(root, rootPath(directory)).length > 0);
}

/** None where there is no directory that can be read. */
export function namesIn(root: RootView, directory: RootPath): readonly string[] {
  const listing = root.readDirectory(directory);
  return listing.ok ? listing.names : [];
}

/** The user's `~/.config/containers`; podman before 6 does not heed XDG_CONFIG_HOME for files of registries. */
export function userDirectory({ env }: Pick<ConfRoots, 'env'>, heedsXdg: boolean): RootPath {
  const home = env.HOME || homedir();
  const config = heedsXdg && env.XDG_CONFIG_HOME ? env.XDG_CONFIG_HOME : join(home, '.config');
  return joinRootPath(rootPath(resolve(config)), 'containers');
}
