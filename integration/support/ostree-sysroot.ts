import { mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execOk } from './exec.js';
import { type Tree, writeTree } from './host.js';
import { ostreeRoot } from './ostree-root.js';
import { newTempDir } from './temp.js';

/** The one stateroot of every sysroot here. */
export const stateroot = 'os';

/** A deployment as its directory names it. */
export interface DeployedRoot {
  readonly checksum: string;
  /** Where the running system has it: `/ostree/deploy/STATEROOT/deploy/CHECKSUM.SERIAL`. */
  readonly root: string;
}

/** The disk of an ostree host. */
export interface OstreeSysroot {
  readonly path: string;
  /** Commits a root with these files besides those that every root has, and returns the checksum. */
  readonly commit: (tree: Tree) => Promise<string>;
  /** Deploys a commit from outside of any running system. */
  readonly deploy: (checksum: string) => Promise<void>;
  /** What a boot loader would boot: the first entry in the order of the Boot Loader Specification. */
  readonly nextBoot: () => Promise<DeployedRoot>;
}

/** Makes a sysroot without deployments in a new directory `path`, with that `ostree`. */
export async function newOstreeSysroot(path: string, ostree: string): Promise<OstreeSysroot> {
  await mkdir(path);
  const repo = join(path, 'ostree/repo');
  await execOk(ostree, ['admin', 'init-fs', path]);
  await execOk(ostree, ['admin', 'os-init', `--sysroot=${path}`, stateroot]);
  await execOk(ostree, [`--repo=${repo}`, 'config', 'set', 'sysroot.bootloader', 'none']);
  // Nothing of a test has to survive a loss of power of the machine itself.
  await execOk(ostree, [`--repo=${repo}`, 'config', 'set', 'core.fsync', 'false']);
  for (const name of ['home', 'roothome', 'tmp']) {
    await mkdir(join(path, 'ostree/deploy', stateroot, 'var', name), { recursive: true });
  }
  return {
    path,
    commit: async (tree) => {
      const temp = await newTempDir();
      try {
        // The temporary directory itself is private, and its mode would be that of /.
        const root = join(temp.path, 'root');
        await writeTree(root, ostreeRoot(tree));
        // The parent, which the branch names, makes commits of equal trees different.
        const args = ['commit', '--branch=test', '--owner-uid=0', '--owner-gid=0', `--tree=dir=${root}`];
        return (await execOk(ostree, [`--repo=${repo}`, ...args])).trim();
      } finally {
        await temp.remove();
      }
    },
    deploy: async (checksum) => {
      await execOk(ostree, ['admin', 'deploy', `--sysroot=${path}`, `--os=${stateroot}`, checksum]);
    },
    nextBoot: () => nextBoot(path),
  };
}

async function nextBoot(sysroot: string): Promise<DeployedRoot> {
  const directory = join(sysroot, 'boot/loader/entries');
  const names = await readdir(directory);
  const entries = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const version = (entry: string) => Number(/^version (\d+)$/m.exec(entry)?.[1]);
  const [first = ''] = entries.sort((a, b) => version(b) - version(a));
  const link = /^options .*\bostree=(\S+)/m.exec(first)?.[1];
  if (link === undefined) throw new Error(`${directory} holds no entry of ostree`);
  const root = `/${relative(await realpath(sysroot), await realpath(join(sysroot, link)))}`;
  return { checksum: /\/([0-9a-f]{64})\.\d+$/.exec(root)?.[1] ?? '', root };
}
