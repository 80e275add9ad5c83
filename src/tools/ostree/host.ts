import { existsSync, readFileSync } from 'node:fs';
import type { ListedDeployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import type { DeploymentHost } from '../../model/ports.js';
import { findProgram } from '../process/find-program.js';
import type { Trace } from '../process/run.js';
import { composefsUnsupported } from './bootc.js';
import { lockFinalization, unlockFinalization, withHolder } from './finalization-lock.js';
import { type FrontEnd, findFrontEnd } from './front-end.js';
import { stagedLockFile } from './lock-file.js';
import { oneAtATime } from './one-at-a-time.js';
import { type OstreeAdmin, ostreeAdmin } from './ostree.js';
import { clearSoftReboot, nextRootFile, softRebootTools } from './soft-reboot.js';
import { watchFile } from './watch-file.js';

/** Where a host shows how it was booted, and keeps the lock. */
export const hostPaths = {
  ostreeBooted: '/run/ostree-booted',
  mountInfo: '/proc/self/mountinfo',
  lockFile: stagedLockFile,
  /** What libostree has staged (ostree-sysroot-private.h, `_OSTREE_SYSROOT_RUNSTATE_STAGED`). */
  staged: '/run/ostree/staged-deployment',
  /** What libostree has prepared for a soft reboot. */
  nextRoot: nextRootFile,
};

/**
 * The host that this machine is; `undefined` when ostree has not booted it.
 *
 * Deployments and locks are libostree's, which finalizes, so it is asked for them: it knows every deployment, needs
 * no daemon, which could not be started while the system shuts down, and sees each lock. What bootc or rpm-ostree
 * say counts where there is no answer from libostree.
 *
 * @throws BoundImagesError `tool-missing`, `unsupported-host`.
 */
export async function findHost(
  signal: AbortSignal,
  trace?: Trace,
  paths = hostPaths,
): Promise<DeploymentHost | undefined> {
  if (!existsSync(paths.ostreeBooted)) {
    if (isComposefsRoot(readFileSync(paths.mountInfo, 'utf8'))) throw composefsUnsupported();
    return undefined;
  }
  const ostree = findProgram('ostree');
  const admin = ostree === undefined ? undefined : ostreeAdmin(ostree, trace);
  const frontEnd = await findFrontEnd(signal, trace);
  const list = lister(admin, frontEnd, paths.nextRoot);
  // Without the program, the lock file is what is left.
  const setLock = admin?.setLock ?? (async () => 'unknown' as const);
  const tools = { list, setLock, file: paths.lockFile };
  return {
    kind: frontEnd?.kind ?? 'ostree',
    deployments: async (stop) => {
      const deployments = (await list(stop)).map((listed) => withHolder(listed, paths.lockFile));
      if (deployments.some(({ booted }) => booted)) return deployments;
      throw new BoundImagesError('deployment', 'no deployment is known to be the booted one', {
        hint: 'see what “ostree admin status” says, as root',
      });
    },
    hold: ({ id }, stop) => oneAtATime(paths.lockFile, stop, () => lockFinalization(id, tools, stop)),
    clearSoftReboot: ({ id }, stop) => clearSoftReboot(id, softRebootTools(list, trace), stop),
    watch: (onChange) => {
      const ends = [paths.staged, paths.nextRoot].map((path) => watchFile(path, onChange));
      return () => {
        for (const end of ends) end();
      };
    },
    release: ({ id }, stop) => oneAtATime(paths.lockFile, stop, () => unlockFinalization(id, tools, stop)),
  };
}

function lister(
  admin: OstreeAdmin | undefined,
  frontEnd: FrontEnd | undefined,
  nextRoot: string,
): OstreeAdmin['status'] {
  // A front end does not say what is prepared for a soft reboot. That something is, libostree's file says, and what is
  // staged may be it.
  const listOf = async (end: FrontEnd, signal: AbortSignal) =>
    (await end.list(signal)).map((each) =>
      each.staged ? { ...each, softReboot: existsSync(nextRoot) } : each,
    );
  if (admin === undefined) {
    if (frontEnd !== undefined) return (signal) => listOf(frontEnd, signal);
    throw new BoundImagesError(
      'tool-missing',
      'this host was booted by ostree, but the program “ostree” is missing',
      {
        hint: 'install the package ostree, or add its directory to PATH',
      },
    );
  }
  if (frontEnd === undefined) return admin.status;
  return async (signal): Promise<readonly ListedDeployment[]> => {
    try {
      return await admin.status(signal);
    } catch (error) {
      signal.throwIfAborted();
      return listOf(frontEnd, signal).catch(() => {
        throw error;
      });
    }
  };
}

/** The mount of / comes from `composefs:DIGEST` (bootc, crates/lib/src/bootc_composefs/status.rs, `composefs_booted`). */
function isComposefsRoot(mountInfo: string): boolean {
  const roots = mountInfo.matchAll(/^(?:\S+ ){4}\/ .* - \S+ (\S+) /gm);
  return /^(?:transient:)?composefs[:=]/.test([...roots].at(-1)?.[1] ?? '');
}
