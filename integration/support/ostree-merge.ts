import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type HostPath, joinRootPath, type RootPath, rootPath } from '../../src/model/path.js';
import type { Tree } from '../../src/root/tree.js';
import { exec, execOk } from './exec.js';

/** What a path below `/etc` is. A directory's mode is 0755 where it is absent. */
export type EtcNode =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory'; readonly mode?: number };

/** Everything below an `/etc`, by its path relative to it; a directory comes before what is in it. */
export type Etc = Readonly<Record<string, EtcNode>>;

export const file = (text: string, mode = 0o644): EtcNode => ({ kind: 'file', text, mode });
export const link = (target: string): EtcNode => ({ kind: 'link', target });
export const directory = (mode?: number): EtcNode => ({
  kind: 'directory',
  ...(mode !== undefined && { mode }),
});

/**
 * The three versions that make the next boot's `/etc`: the `/usr/etc` of the current deployment, the `/etc`
 * that has become of it, and the `/usr/etc` of the new commit.
 */
export type EtcVersions = { readonly before: Etc; readonly host: Etc; readonly image: Etc };

/** `newRoot` is the tree of the new commit, `nextRoot` its deployment: undefined when ostree refused to merge. */
export type OstreeMerge = {
  readonly currentRoot: HostPath;
  readonly newRoot: HostPath;
  readonly nextRoot: HostPath | undefined;
};

const stateroot = 'os';

/**
 * Makes a sysroot in the empty directory `dir`, with a deployment whose `/etc` was changed, and has ostree
 * deploy a new commit over it.
 * @throws Error when ostree fails in anything but the merge.
 */
export async function mergeWithOstree(dir: string, versions: EtcVersions): Promise<OstreeMerge> {
  const sysroot = join(dir, 'sysroot');
  await mkdir(sysroot);
  await execOk('ostree', ['admin', 'init-fs', sysroot]);
  await execOk('ostree', ['admin', 'os-init', `--sysroot=${sysroot}`, stateroot]);

  const current = await commitRoot(sysroot, join(dir, 'current'), versions.before);
  const refused = await deploy(sysroot, current.checksum);
  if (refused !== undefined) throw new Error(refused);
  const currentRoot = deploymentOf(sysroot, current.checksum);
  await rm(join(currentRoot, 'etc'), { recursive: true });
  await writeEtc(join(currentRoot, 'etc'), versions.host);

  const next = await commitRoot(sysroot, join(dir, 'new'), versions.image);
  const failure = await deploy(sysroot, next.checksum);
  if (failure !== undefined && !failure.includes('During /etc merge:')) throw new Error(failure);
  const nextRoot = failure === undefined ? deploymentOf(sysroot, next.checksum) : undefined;
  return { currentRoot, newRoot: next.root, nextRoot };
}

/** Writes the least that ostree takes for a root, and commits it. */
async function commitRoot(
  sysroot: string,
  root: string,
  etc: Etc,
): Promise<{ readonly root: HostPath; readonly checksum: string }> {
  const kernel = join(root, 'usr/lib/modules/1/vmlinuz');
  await mkdir(dirname(kernel), { recursive: true });
  await writeFile(kernel, '');
  await writeFile(join(root, 'usr/lib/os-release'), 'ID=test\nPRETTY_NAME=test\n');
  await writeEtc(join(root, 'usr/etc'), etc);
  const repo = `--repo=${join(sysroot, 'ostree/repo')}`;
  // The root names the branch, which ostree writes into the commit: equal trees make different commits.
  const branch = root.slice(root.lastIndexOf('/') + 1);
  const checksum = await execOk('ostree', [repo, 'commit', `--branch=${branch}`, `--tree=dir=${root}`]);
  return { root: root as HostPath, checksum: checksum.trim() };
}

/** Deploys a commit over the deployment that is there, if any; returns what ostree says when it fails. */
async function deploy(sysroot: string, checksum: string): Promise<string | undefined> {
  const args = ['admin', 'deploy', `--sysroot=${sysroot}`, `--os=${stateroot}`, checksum];
  // Otherwise a deployment is immutable (chattr(1)), and cannot be removed after the test.
  const env = { OSTREE_SYSROOT_DEBUG: 'mutable-deployments' };
  const { exitCode, stderr } = await exec('ostree', args, { env });
  return exitCode === 0 ? undefined : stderr;
}

function deploymentOf(sysroot: string, checksum: string): HostPath {
  return join(sysroot, 'ostree/deploy', stateroot, 'deploy', `${checksum}.0`) as HostPath;
}

async function writeEtc(dir: string, etc: Etc): Promise<void> {
  await mkdir(dir);
  for (const [path, node] of Object.entries(etc)) {
    const at = join(dir, path);
    if (node.kind === 'link') await symlink(node.target, at);
    else {
      await (node.kind === 'file' ? writeFile(at, node.text) : mkdir(at));
      // After the fact, because the umask does not apply to chmod.
      await chmod(at, node.mode ?? 0o755);
    }
  }
}

/**
 * Everything below a root's `/etc`, without the modes of directories: ostree takes them from one side or the
 * other, depending on what else changed in them, and nothing here reads them.
 * @throws Error for what is neither a file, a link nor a directory, and for what cannot be read.
 */
export function etcOf(tree: Tree): Etc {
  const etc = rootPath('/etc');
  const paths = pathsBelow(tree, etc);
  return Object.fromEntries(paths.map((path) => [path.slice(etc.length + 1), nodeAt(tree, path)]));
}

function pathsBelow(tree: Tree, dir: RootPath): readonly RootPath[] {
  const listing = tree.readDirectory(dir);
  if (!listing.ok) throw new Error(`${dir}: ${listing.reason}`);
  return listing.names.flatMap((name) => {
    const path = joinRootPath(dir, name);
    return [path, ...(tree.stat(path).kind === 'directory' ? pathsBelow(tree, path) : [])];
  });
}

function nodeAt(tree: Tree, path: RootPath): EtcNode {
  const entry = tree.stat(path);
  if (entry.kind === 'directory') return directory();
  if (entry.kind === 'symlink') {
    const read = tree.readLink(path);
    if (read.ok) return link(read.target);
  }
  if (entry.kind === 'file') {
    const read = tree.readFile(path, entry.sizeBytes);
    if (read.ok) return file(read.bytes.toString(), entry.mode);
  }
  throw new Error(`${path} cannot be read: ${entry.kind}`);
}
