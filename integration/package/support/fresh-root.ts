import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { presetUnits } from '../../../contrib/package/tree.js';
import { type ExecResult, exec, execOk } from '../../support/exec.js';
import { unmountBelow } from '../../support/mounts.js';
import { mirrorOfDistribution } from '../../support/private-apt.js';
import { newStore } from '../../support/store.js';
import { type Cleanup, tempDir } from '../../support/temp.js';

const suite = 'trixie';
const cache = resolve('node_modules/.cache/bound-images');
/** What the packages depend on, and systemd, which their scripts speak to. */
const included = ['podman', 'skopeo', 'systemd', 'libstdc++6'];

/** A Debian that has podman and no Node.js, and on which nothing was ever installed by hand. */
export interface FreshRoot {
  readonly path: string;
  /** Runs a program in it as root, in namespaces of its own for mounts and processes, with the machine's network. */
  readonly run: (argv: readonly string[], input?: string) => Promise<ExecResult>;
  /** The same for a program that has to succeed. Returns its stdout. */
  readonly runOk: (argv: readonly string[], input?: string) => Promise<string>;
  /** Every path in it, sorted, but where package managers and podman keep their own records. */
  readonly paths: () => Promise<readonly string[]>;
}

// The new root is that of a mount namespace, for a chroot forbids the namespaces that podman makes.
const ENTER = `set -e
root=$1 usr=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
if [ "$usr" = read-only ]; then
  mount --bind "$root/usr" "$root/usr"
  mount -o remount,bind,ro "$root/usr"
fi
mount --bind "$root.containers" "$root/var/lib/containers"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/run/machine"
cd "$root"
pivot_root . run/machine
umount --lazy /run/machine
rmdir /run/machine
mount --make-rshared /
cd /
"$@"`;

/**
 * Makes a root of its own for a test. With a read-only /usr, /usr/local and /opt are links into /var, as on hosts of
 * ostree.
 */
export async function newFreshRoot(
  cleanup: Cleanup,
  { usr = 'writable' }: { readonly usr?: 'writable' | 'read-only' } = {},
): Promise<FreshRoot> {
  const lower = await unpackedRoot();
  const directory = await tempDir(cleanup);
  const path = join(directory, 'root');
  for (const name of ['root', 'root.containers', 'upper', 'work']) await mkdir(join(directory, name));
  cleanup.add(() => unmountBelow(path));
  const layers = `lowerdir=${lower},upperdir=${join(directory, 'upper')},workdir=${join(directory, 'work')}`;
  await execOk('mount', ['-t', 'overlay', '-o', layers, 'overlay', path]);
  await mkdir(join(path, 'var/lib/containers'), { recursive: true });
  if (usr === 'read-only') await linkIntoVar(path);

  const { env, remove } = await newStore();
  await remove();
  const { BOUND_IMAGES_STATE_DIR: _, ...driver } = env;
  const variables = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin', HOME: '/root', LANG: 'C.UTF-8', ...driver };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child'];
  const command = (argv: readonly string[]) => [
    ...namespaces,
    ...['sh', '-c', ENTER, 'sh', path, usr, 'env', '-i', ...assignments, ...argv],
  ];
  const run: FreshRoot['run'] = (argv, input = '') => exec('unshare', command(argv), { input });
  const runOk: FreshRoot['runOk'] = (argv, input = '') => execOk('unshare', command(argv), { input });
  return { path, run, runOk, paths: () => pathsOf(path) };
}

/** What `systemctl is-enabled` says of the units that presets name. */
export async function enabledUnits(root: FreshRoot): Promise<readonly string[]> {
  const { stdout } = await root.run(['systemctl', 'is-enabled', ...presetUnits]);
  return stdout.trim().split('\n');
}

async function linkIntoVar(root: string): Promise<void> {
  for (const [path, target, link] of [
    ['usr/local', 'var/usrlocal', '../var/usrlocal'],
    ['opt', 'var/opt', 'var/opt'],
  ] as const) {
    await rm(join(root, path), { recursive: true });
    await mkdir(join(root, target), { recursive: true });
    await symlink(link, join(root, path));
  }
}

/** What installing and removing anything at all leaves something in, and what is mounted for a run. */
const notLookedInto = new Set([
  ...['dev', 'proc', 'root', 'run', 'sys', 'tmp', 'var/cache', 'var/lib/apt', 'var/lib/containers'],
  ...['var/lib/dpkg', 'var/lib/rpm', 'var/log'],
]);

async function pathsOf(root: string, below = ''): Promise<readonly string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(below, entry.name);
      if (!entry.isDirectory()) return [path];
      return notLookedInto.has(path) ? [] : [`${path}/`, ...(await pathsOf(root, path))];
    }),
  );
  return found.flat().sort();
}

/** Returns a directory with such a root, which the first call makes and later ones reuse. Nothing is changed in it. */
async function unpackedRoot(): Promise<string> {
  const directory = join(cache, `root-${suite}`);
  if (existsSync(directory)) return directory;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'unpack-'));
  const root = join(work, 'root');
  try {
    const options = ['--variant=minbase', `--include=${included.join(',')}`];
    await execOk('debootstrap', [...options, suite, root, await mirrorOfDistribution()]);
    await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
    await rename(root, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
    return directory;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
