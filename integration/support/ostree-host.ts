import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveCli } from './cli.js';
import type { ExecResult } from './exec.js';
import type { Tree } from './host.js';
import { type BootedSystem, boot } from './ostree-boot.js';
import { type InsideOptions, startInside } from './ostree-process.js';
import { writeHostPrograms } from './ostree-programs.js';
import { type DeployedRoot, newOstreeSysroot, stateroot } from './ostree-sysroot.js';
import { type OstreeVersion, ostreeOf } from './ostree-versions.js';
import { newStore } from './store.js';
import { type Cleanup, tempDir } from './temp.js';

/** A line of `ostree admin status`, whose order is that of booting. */
export interface HostDeployment extends DeployedRoot {
  readonly booted: boolean;
  /** What stands in parentheses, such as `staged`, `finalization locked`, `pending` and `rollback`, or nothing. */
  readonly note: string;
}

/**
 * A booted ostree host in namespaces, with the machine's network. `/` is the deployment; its `/usr` shows this
 * machine's programs below its own files. `/var` and with it podman's store, which is the default one, persist over
 * reboots; `/run` and `/tmp` do not. `bound-images`, `node`, `podman`, `skopeo` and `ostree` are in the PATH;
 * `systemctl` does nothing.
 */
export interface OstreeHost {
  /** The deployment that is running. */
  readonly booted: () => DeployedRoot;
  /** The path where this process finds a file of the running system. Links in it should be relative. */
  readonly path: (inside: string) => string;
  /** Starts a program as root in `/`; none of this process's environment reaches it. */
  readonly start: (argv: readonly string[], options?: InsideOptions) => LiveCli;
  /** Runs a program to its end. Without a network: `['unshare', '--net', …argv]`. */
  readonly run: (argv: readonly string[], options?: InsideOptions) => Promise<ExecResult>;
  /** Runs a program that has to succeed, and returns its stdout. */
  readonly runOk: (argv: readonly string[], options?: InsideOptions) => Promise<string>;
  /** Commits a root with these files, where `/etc` is `usr/etc`, and returns the checksum. */
  readonly commit: (tree: Tree) => Promise<string>;
  /** Stages a commit over whatever is staged, and returns its deployment. */
  readonly stage: (checksum: string, options?: { readonly locked: boolean }) => Promise<HostDeployment>;
  /** The one that boots next comes first. */
  readonly deployments: () => Promise<readonly HostDeployment[]>;
  /** What ostree-finalize-staged.service does when the system shuts down. */
  readonly finalize: () => Promise<void>;
  /** Kills every process, boots what the boot entries say, and returns it. Without `finalize`, a loss of power. */
  readonly reboot: () => Promise<DeployedRoot>;
}

interface HostOptions {
  readonly tree: Tree;
  readonly ostree?: OstreeVersion;
  /** A directory to lay over this machine's /usr. */
  readonly usr?: string | undefined;
}

/** Boots a host into a commit of the tree, with the newest libostree unless told. */
export async function newOstreeHost(
  cleanup: Cleanup,
  { tree, ostree = '2026.4', usr }: HostOptions,
): Promise<OstreeHost> {
  const unpacked = await ostreeOf(ostree);
  const dir = await tempDir(cleanup);
  const [sysroot, storeEnv] = await Promise.all([
    newOstreeSysroot(join(dir, 'sysroot'), join(unpacked, 'ostree')),
    storageEnvironment(),
  ]);
  await sysroot.deploy(await sysroot.commit(tree));
  const directory = join(dir, 'programs');
  if (usr !== undefined) await cp(usr, directory, { recursive: true, verbatimSymlinks: true });
  const programs = await writeHostPrograms(directory, unpacked);
  const mountPoint = join(dir, 'root');
  await mkdir(mountPoint);
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    ...storeEnv,
  };

  async function bootNext(): Promise<{ readonly deployed: DeployedRoot; readonly system: BootedSystem }> {
    const deployed = await sysroot.nextBoot();
    const system = await boot({
      sysroot: sysroot.path,
      deployment: join(sysroot.path, deployed.root),
      var: join(sysroot.path, 'ostree/deploy', stateroot, 'var'),
      programs: programs.directory,
      mountPoint,
      binds: programs.binds,
    });
    return { deployed, system };
  }

  let current = await bootNext();
  cleanup.add(() => current.system.powerOff());

  const start: OstreeHost['start'] = (argv, options = {}) =>
    startInside(current.system.pid, argv, { ...options, env: { ...env, ...options.env } });

  const runOk: OstreeHost['runOk'] = async (argv, options) => {
    const { exitCode, signal, stdout, stderr } = await start(argv, options).finished;
    if (exitCode === 0) return stdout;
    throw new Error(`${argv.join(' ')}: ${signal ?? `exit status ${exitCode}`}\n${stderr}`);
  };

  const deployments = async () => parseStatus(await runOk(['ostree', 'admin', 'status']));

  return {
    booted: () => current.deployed,
    path: (inside) => join('/proc', `${current.system.pid}`, 'root', inside),
    start,
    run: (argv, options) => start(argv, options).finished,
    runOk,
    commit: sysroot.commit,
    stage: async (checksum, options) => {
      const lock = options?.locked ? ['--lock-finalization'] : [];
      await runOk(['ostree', 'admin', 'deploy', '--stage', ...lock, `--os=${stateroot}`, checksum]);
      const [staged] = await deployments();
      if (staged?.checksum !== checksum) throw new Error(`${checksum} was not staged`);
      return staged;
    },
    deployments,
    finalize: async () => {
      await runOk(['ostree', 'admin', 'finalize-staged']);
    },
    reboot: async () => {
      await current.system.powerOff();
      current = await bootNext();
      return current.deployed;
    },
  };
}

/** Names the storage driver that starts on this machine, if it is not the one that podman picks. */
async function storageEnvironment(): Promise<Readonly<Record<string, string>>> {
  const { env, remove } = await newStore();
  await remove();
  // The state of a host is where it is by default, and outlives a boot.
  const { BOUND_IMAGES_STATE_DIR: _, ...driver } = env;
  return driver;
}

/** Reads lines as `* os CHECKSUM.0 (staged)`. */
function parseStatus(text: string): readonly HostDeployment[] {
  const line = /^([ *]) (\S+) ([0-9a-f]{64})\.(\d+)(?: \((.*)\))?$/gm;
  return [...text.matchAll(line)].map(([, star, name, checksum = '', serial, note = '']) => ({
    checksum,
    root: `/ostree/deploy/${name}/deploy/${checksum}.${serial}`,
    booted: star === '*',
    note,
  }));
}
