import { randomUUID } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OstreeHost } from './ostree-host.js';
import { findProgram } from './programs.js';
import type { Cleanup } from './temp.js';
import { waitUntil } from './wait-until.js';

/** The directory of a host's units, besides /etc/systemd/system. This machine's own are out of its reach. */
export const unitDirectory = '/usr/lib/systemd-of-the-host';

/** systemd as process 1 of an ostree host, in namespaces of its own for processes, mounts and control groups. */
export interface Systemd {
  /** Runs a program that has to succeed among its processes, where `systemctl` is the real one. Returns its stdout. */
  readonly runOk: (argv: readonly string[]) => Promise<string>;
  /** A property as `systemctl show` prints it. */
  readonly property: (unit: string, name: string) => Promise<string>;
  /** Starts all of the system but the kernel again, from what is prepared for that, if anything is. Once. */
  readonly softReboot: () => Promise<void>;
  /** Shuts the system down, and returns when its last process has ended. What boots next is the host's to say. */
  readonly shutDown: () => Promise<void>;
}

// A control group of its own, below that of this process. cgroup2 can be mounted on every kernel that has it, also
// where the controllers belong to cgroup v1; without controllers, systemd keeps track of processes all the same. The
// tmpfs is there because the kernel refuses to mount a file system on itself.
const ENTER = `set -e
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/all
mount -t cgroup2 cgroup2 /sys/fs/cgroup/all
own=/sys/fs/cgroup/all$(sed -n 's/^0:://p' /proc/self/cgroup)
group=$own/$1
shift
mkdir "$group"
echo 0 >"$group/cgroup.procs"
unshare --mount --pid --ipc --uts --cgroup --fork --kill-child "$@" &
unshare=$!
trap 'kill -KILL "$unshare"' TERM
echo 0 >"$own/cgroup.procs"
while kill -0 "$unshare" 2>/dev/null; do wait "$unshare" || :; done
while [ -d "$group" ]; do
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.02
done`;

// The process that becomes systemd says by which number the host knows it, as long as it sees the host's /proc. As
// container managers do, it leaves the kernel's settings alone, which are those of the machine; the boot is the host's,
// for podman, from 5.4 on, refuses a store that another boot has used. What a service mounts is seen by all, as where
// systemd is the machine's.
const BOOT = `set -e
read -r pid rest </proc/self/stat
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cat /proc/sys/kernel/random/boot_id >/run/boot-id
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount --bind /run/boot-id /proc/sys/kernel/random/boot_id
rm /run/boot-id
mount --bind /run/systemctl /usr/bin/systemctl
mkdir -p /run/generators
mount --make-rshared /
echo "$pid" >/run/systemd.pid
exec env -i PATH=/usr/sbin:/usr/bin container=test SYSTEMD_LOG_TARGET=null \\
  SYSTEMD_GENERATOR_PATH=/run/generators SYSTEMD_UNIT_PATH=/etc/systemd/system:"$1" \\
  "$2" --system --unit=multi-user.target`;

/**
 * Starts the machine's systemd, or the one that is laid over its /usr, on a host whose tree has units in
 * `unitDirectory`.
 * @throws Error with what was said when it does not start, or has not reached multi-user.target within a minute
 */
export async function startSystemd(cleanup: Cleanup, host: OstreeHost, usr?: string): Promise<Systemd> {
  const program = usr === undefined ? await findProgram('systemctl') : join(usr, 'bin/systemctl');
  await copyFile(program, host.path('/run/systemctl'));
  const boot = ['sh', '-c', BOOT, 'sh', unitDirectory, '/lib/systemd/systemd'];
  const group = `bound-images-test-${randomUUID()}`;
  const live = host.start(['unshare', '--mount', 'sh', '-c', ENTER, 'sh', group, ...boot]);
  cleanup.add(async () => {
    live.kill('SIGTERM');
    await live.finished;
  });

  const written = waitUntil('systemd runs', () =>
    readFile(host.path('/run/systemd.pid'), 'utf8').catch(() => undefined),
  );
  const failed = live.finished.then(({ stderr }) => {
    throw new Error(`systemd does not start: ${stderr}`);
  });
  const pid = (await Promise.race([written, failed])).trim();
  const inside = ['nsenter', `--target=${pid}`, '--mount', '--pid', '--cgroup', '--'];
  const runOk: Systemd['runOk'] = (argv) => host.runOk([...inside, ...argv]);
  // The one in /usr/bin is that of the next root after a soft reboot, and hidden where extensions are merged.
  const systemctl = [...inside, '/run/systemctl'];
  const isStarted = async () => {
    const { stdout } = await host.run([...systemctl, 'is-active', 'multi-user.target']);
    return stdout === 'active\n';
  };
  await waitUntil('systemd has started what it is to start', isStarted);
  return {
    runOk,
    property: async (unit, name) =>
      (await runOk(['/run/systemctl', 'show', '--value', `--property=${name}`, unit])).trim(),
    softReboot: async () => {
      // Seen from outside: whoever looks from inside is stopped and killed with all other processes.
      const commandLine = () => host.runOk(['cat', `/proc/${pid}/cmdline`]);
      const before = await commandLine();
      await host.run([...systemctl, 'soft-reboot', '--no-wall']);
      await waitUntil('systemd has executed itself', async () => (await commandLine()) !== before);
      await waitUntil('systemd has started what it is to start', isStarted);
    },
    shutDown: async () => {
      await runOk(['/run/systemctl', 'poweroff', '--no-wall']);
      await live.finished;
    },
  };
}
