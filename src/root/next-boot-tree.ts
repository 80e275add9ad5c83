import { type RootPath, rootPath } from '../model/path.js';
import { type HostEtc, mergedEtc } from './etc-merge.js';
import { withHostVar } from './host-var.js';
import { hasTransientEtc } from './prepare-root-config.js';
import { rootView } from './root-view.js';
import type { ComparableTree, Tree } from './tree.js';

const ETC = rootPath('/etc');
const OSTREE = rootPath('/ostree');
const SYSROOT = rootPath('/sysroot');
const USR_ETC = rootPath('/usr/etc');
/** Source: otcore_prepare_root in ostree's src/libotcore; ostree(1). */
const BOOTED = rootPath('/run/ostree-booted');

/**
 * The tree that the next boot will have: `newTree`, but with the `/etc` that finalization will make and the `/var` of
 * the host. Until then
 * the new root's own `/etc` (in a commit that is not deployed, `/usr/etc`) holds image defaults only; ostree
 * then carries over what was changed on the host, see etc-merge.ts. Nothing is carried over where the current
 * root is no ostree deployment, nor where either `/etc` is transient: over the new one's, the boot mounts the
 * image's; the current one's is an overlay, and the merge reads what is below it (otcore_mount_etc() in ostree's
 * src/libotcore/otcore-prepare-root.c).
 */
export function nextBootTree(newTree: Tree, currentTree: ComparableTree): Tree {
  return withHostVar(withNextEtc(newTree, currentTree), currentTree, isDeployed(currentTree));
}

/** Whether a root is that of a host which boots deployments, and not a build machine, a container or nothing. */
export function isDeployed(currentTree: Tree): boolean {
  const view = rootView(currentTree, 'current');
  if (view.resolve(BOOTED).kind !== 'missing') return true;
  // Other systems have an /usr/etc as well.
  const isOstree = [OSTREE, SYSROOT].some((path) => view.entry(path).kind !== 'missing');
  return isOstree && view.resolve(USR_ETC).kind === 'directory';
}

function withNextEtc(newTree: Tree, currentTree: ComparableTree): Tree {
  const imageEtc = imageEtcDirectories(newTree);
  if (imageEtc === undefined) return newTree;
  const image = mergedEtc(newTree, imageEtc, undefined);
  const hostEtc = deployedEtc(currentTree);
  if (hostEtc === undefined || hasTransientEtc(rootView(image, 'new'))) return image;
  return mergedEtc(newTree, imageEtc, hostEtc);
}

/**
 * The directories that hold the new root's own `/etc`: where a name is in both, the first one's counts.
 * Undefined for a root whose `/etc` is a link or a file: that is no deployment, and is taken as it is.
 */
function imageEtcDirectories(newTree: Tree): readonly RootPath[] | undefined {
  const etc = newTree.stat(ETC).kind;
  if (etc !== 'directory' && etc !== 'missing') return undefined;
  const usrEtc = rootView(newTree, 'new').resolve(USR_ETC);
  return [...(etc === 'directory' ? [ETC] : []), ...(usrEtc.kind === 'directory' ? [usrEtc.path] : [])];
}

/** The two sides of what was changed on this host, where the current root is an ostree deployment. */
function deployedEtc(currentTree: ComparableTree): HostEtc | undefined {
  const view = rootView(currentTree, 'current');
  const host = view.readDirectory(ETC);
  const base = view.resolve(USR_ETC);
  if (!host.ok || base.kind !== 'directory') return undefined;
  // A commit that is checked out but not deployed may have an empty /etc (prepare_deployment_etc() in ostree's
  // src/libostree/ostree-sysroot-deploy.c allows it). It does not mean that everything was deleted.
  if (host.names.length === 0 || hasTransientEtc(view)) return undefined;
  return { tree: currentTree, now: host.path, before: base.path };
}
