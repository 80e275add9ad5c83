import { readFileSync, realpathSync } from 'node:fs';
import { deploymentAt } from './deployment-of.js';

/** What the kernel says of the system that is running. */
export interface KernelFacts {
  /** proc_pid_mountinfo(5). */
  readonly mountInfo: string;
  /** proc_cmdline(5). */
  readonly commandLine: string;
  /** Where the physical root is mounted. */
  readonly sysroot: string;
}

/**
 * The ID of the deployment that is running, without a program or a daemon; `undefined` where ostree has not booted this
 * machine, or nobody knows. What `/` or `/etc` is mounted from tells it (ostree-prepare-root.c), after a soft reboot, too,
 * of which the kernel command line knows nothing. Where neither does, it is what `ostree=` leads to (ostree(1),
 * “system layout”).
 */
export function bootedDeployment(facts: KernelFacts = ownFacts()): string | undefined {
  return mountedDeployment(facts.mountInfo) ?? namedDeployment(facts);
}

function ownFacts(): KernelFacts {
  const mountInfo = readFileSync('/proc/self/mountinfo', 'utf8');
  return { mountInfo, commandLine: readFileSync('/proc/cmdline', 'utf8'), sysroot: '/sysroot' };
}

function mountedDeployment(mountInfo: string): string | undefined {
  // The fourth field is what of the file system is mounted, the fifth where; the last of several is what is seen.
  const mounts = [...mountInfo.matchAll(/^(?:\S+ ){3}(\S+) (\/|\/etc) /gm)].toReversed();
  for (const wanted of ['/', '/etc']) {
    const [, source = ''] = mounts.find(([, , at]) => at === wanted) ?? [];
    const id = deploymentAt(wanted === '/' ? source : source.replace(/\/etc$/, ''));
    if (id !== undefined) return id;
  }
  return undefined;
}

function namedDeployment({ commandLine, sysroot }: KernelFacts): string | undefined {
  const named = [...commandLine.matchAll(/(?:^|\s)ostree=(\/\S*)/g)].at(-1)?.[1];
  if (named === undefined) return undefined;
  try {
    return deploymentAt(realpathSync(`${sysroot}${named}`));
  } catch {
    return undefined;
  }
}
