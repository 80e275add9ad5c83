import { readFileSync, readlinkSync } from 'node:fs';
import { deploymentId, isPrepared, type ListedDeployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import { findProgram } from '../process/find-program.js';
import { run, type Trace } from '../process/run.js';

/**
 * Where systemd (254 and later) looks for the root of a soft reboot, and what libostree (2025.3 and later, otcore.h)
 * writes about what it has mounted there. It does so whatever holds the deployment's finalization.
 */
export const nextRoot = '/run/nextroot';
export const nextRootFile = '/run/ostree/nextroot-booted';

/** How to see and to end that a deployment is prepared for a soft reboot. */
export interface SoftRebootTools {
  list(signal: AbortSignal): Promise<readonly ListedDeployment[]>;
  /** Runs a program as process 1 sees the mounts; what it comes to is looked up afterwards. */
  runAtInit(argv: readonly string[], signal: AbortSignal): Promise<void>;
  /** Something is mounted there, as process 1 sees it. */
  isMounted(): boolean;
}

/**
 * Ends that the deployment `id` is prepared for a soft reboot, if it is: a soft reboot then starts the running system
 * again. Returns whether it was.
 *
 * @throws BoundImagesError `deployment` when it may still be prepared.
 */
export async function clearSoftReboot(
  id: string,
  { list, runAtInit, isMounted }: SoftRebootTools,
  signal: AbortSignal,
): Promise<boolean> {
  const prepared = (await list(signal)).find(isPrepared);
  if (prepared === undefined || deploymentId(prepared) !== id) return false;
  await runAtInit(['ostree', 'admin', 'prepare-soft-reboot', '--reset'], signal);
  // libostree forgets it and exits with 0, also where a process in there kept it from being unmounted
  // (ostree-sysroot-deploy.c, `impl_clear_soft_reboot`); systemd looks for the mount alone.
  if (isMounted()) await runAtInit(['umount', '--recursive', '--lazy', nextRoot], signal);
  if (!isMounted()) return true;
  throw new BoundImagesError('deployment', `${id} cannot be kept from the next soft reboot`, {
    hint: `do not soft reboot before “umount --recursive --lazy ${nextRoot}” has worked, as root`,
  });
}

/** The tools of this machine, for whatever lists its deployments. */
export function softRebootTools(list: SoftRebootTools['list'], trace?: Trace): SoftRebootTools {
  return {
    list,
    runAtInit: async ([name = '', ...args], signal) => {
      const program = findProgram(name);
      if (program === undefined) return;
      // A service with a mount namespace of its own does not unmount for others.
      const nsenter = isInNamespaceOfInit() ? undefined : findProgram('nsenter');
      const argv = nsenter === undefined ? [program] : [nsenter, '--target=1', '--mount', '--', program];
      const [first = program, ...rest] = [...argv, ...args];
      await run(first, rest, { signal, trace });
      signal.throwIfAborted();
    },
    // proc_pid_mountinfo(5): the mount point is the fifth field.
    isMounted: () => readFileSync('/proc/1/mountinfo', 'utf8').includes(` ${nextRoot} `),
  };
}

function isInNamespaceOfInit(): boolean {
  return readlinkSync('/proc/self/ns/mnt') === readlinkSync('/proc/1/ns/mnt');
}
