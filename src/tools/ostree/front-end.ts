import { shownText } from '../../diagnostic/redact.js';
import type { ListedDeployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import { findProgram } from '../process/find-program.js';
import { run, type Trace } from '../process/run.js';
import { bootcStatus, parseBootcStatus } from './bootc.js';
import { parseRpmOstreeStatus, rpmOstreeStatus } from './rpm-ostree.js';

/** What manages the deployments of a host on top of libostree. */
export interface FrontEnd {
  readonly kind: 'bootc' | 'rpm-ostree';
  /** @throws BoundImagesError `deployment`. */
  list(signal: AbortSignal): Promise<readonly ListedDeployment[]>;
}

/**
 * bootc, if it says that it manages this host, else rpm-ostree, which manages whatever ostree has booted, else
 * nothing. That a bootc cannot say so, as when it does not run as root, means the next.
 *
 * @throws BoundImagesError `unsupported-host`.
 */
export async function findFrontEnd(signal: AbortSignal, trace?: Trace): Promise<FrontEnd | undefined> {
  const bootc = findProgram('bootc');
  if (bootc !== undefined && (await managesHost(bootc, signal, trace))) {
    const list = async (stop: AbortSignal) => {
      const deployments = parseBootcStatus(await output(bootc, bootcStatus, stop, trace));
      if (deployments !== undefined) return deployments;
      throw new BoundImagesError('deployment', 'bootc no longer says that it manages this host', {
        hint: 'see what “bootc status --json” says, as root',
      });
    };
    return { kind: 'bootc', list };
  }
  const rpmOstree = findProgram('rpm-ostree');
  if (rpmOstree === undefined) return undefined;
  const list = async (stop: AbortSignal) =>
    parseRpmOstreeStatus(await output(rpmOstree, rpmOstreeStatus, stop, trace));
  return { kind: 'rpm-ostree', list };
}

async function managesHost(bootc: string, signal: AbortSignal, trace?: Trace): Promise<boolean> {
  try {
    return parseBootcStatus(await output(bootc, bootcStatus, signal, trace)) !== undefined;
  } catch (error) {
    if (error instanceof BoundImagesError && error.code === 'deployment') return false;
    throw error;
  }
}

async function output(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  trace: Trace | undefined,
): Promise<string> {
  const result = await run(program, args, { signal, trace });
  signal.throwIfAborted();
  if (result.exitCode === 0) return result.stdout;
  const reason = shownText(result.stderr.trim().split('\n').at(-1) ?? '');
  throw new BoundImagesError('deployment', `${program} cannot say what is deployed: ${reason}`, {
    hint: `see what “${[program, ...args].join(' ')}” says, as root`,
  });
}
