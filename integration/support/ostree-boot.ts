import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a system boots from; all paths are this machine's. */
export interface BootSpec {
  readonly sysroot: string;
  /** Directory of the deployment. */
  readonly deployment: string;
  readonly var: string;
  /** Laid over this machine's /usr, and the deployment's own over both. */
  readonly programs: string;
  /** An empty directory for the system's root. */
  readonly mountPoint: string;
  /** What else is mounted on which existing path of the system. */
  readonly binds: Readonly<Record<string, string>>;
}

/** A system in namespaces of its own for mounts and processes. */
export interface BootedSystem {
  /** A process of this machine in whose namespaces the system runs: /proc/PID/ns and /proc/PID/root. */
  readonly pid: number;
  /** Kills every process, unmounts everything, and returns when that is done. */
  readonly powerOff: () => Promise<void>;
}

// The system ends with its first process, and that one ends with the pipe that it reads: also when the test is
// killed. A shell that waits collects the orphans of the system, as an init does.
const SCRIPT = `set -e
deployment=$1 sysroot=$2 var=$3 programs=$4 root=$5
shift 5
mount --bind "$deployment" "$root"
mount --bind "$sysroot" "$root/sysroot"
mount --bind "$sysroot/boot" "$root/boot"
mount --bind "$var" "$root/var"
mount -t overlay -o "lowerdir=$deployment/usr:$programs:/usr" overlay "$root/usr"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ $# -gt 0 ]; do
  mount --bind "$1" "$root$2"
  shift 2
done
: >"$root/run/ostree-booted"
# As ostree-prepare-root(1) leaves it.
mkdir -p -m 0755 "$root/run/ostree"
mkdir -m 0700 "$root/run/ostree/.private"
cat /proc/sys/kernel/random/uuid >"$root/run/boot-id"
mount --bind "$root/run/boot-id" "$root/proc/sys/kernel/random/boot_id"
mkdir "$root/run/machine"
cd "$root"
pivot_root . run/machine
umount --lazy /run/machine
rmdir /run/machine
rm /run/boot-id
exec 3<&0
cat <&3 >&2 &
echo booted
wait $!`;

/**
 * Boots a deployment: it is /, the sysroot is /sysroot, and /run and /tmp are empty. That /run/ostree-booted exists
 * and / is the deployment's directory is how libostree knows a booted system. The boot ID is new.
 *
 * @throws Error with what the script said when a mount fails
 */
export async function boot(spec: BootSpec): Promise<BootedSystem> {
  const { deployment, sysroot, var: stateVar, programs, mountPoint } = spec;
  const binds = Object.entries(spec.binds).flatMap(([to, from]) => [from, to]);
  const paths = [deployment, sysroot, stateVar, programs, mountPoint, ...binds];
  const unshare = ['--mount', '--pid', '--fork', 'sh', '-c', SCRIPT, 'sh', ...paths];
  const init = spawn('unshare', unshare, {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin' },
    // Otherwise an interrupt at the terminal would end the system before the test.
    detached: true,
  });
  let complaints = '';
  init.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const ended = once(init, 'close');
  // The first word on stdout is that it has booted.
  await Promise.race([once(init.stdout, 'data'), ended]);
  if (init.pid === undefined || init.exitCode !== null) {
    throw new Error(`${deployment} does not boot: ${complaints}`);
  }
  const powerOff = async () => {
    init.stdin.end();
    await ended;
  };
  return { pid: init.pid, powerOff };
}
