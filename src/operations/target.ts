import { realpathSync } from 'node:fs';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { DeploymentHost, FindHost, HoldOutcome } from '../model/ports.js';
import type { Reason } from '../model/reason.js';
import type { RootInput } from './inputs.js';

/** The root that is to become bootable. */
export interface Target {
  /** The deployment's ID; of a root that is none, its path. */
  readonly id: string;
  readonly root: string;
  /** What can be held; undefined for a root that is not the staged deployment of this host. */
  readonly staged: { readonly host: DeploymentHost; readonly deployment: Deployment } | undefined;
}

/**
 * The staged deployment of this host, or the root that was named instead, which may be the staged one, too.
 * `undefined` when nothing is staged.
 *
 * @throws BoundImagesError `unsupported-host` on a machine without deployments, when no root is named.
 */
export async function findTarget(
  namedRoot: string | undefined,
  findHost: FindHost,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const host = await findHost(signal).catch((error: unknown) => {
    if (namedRoot !== undefined && isUnsupported(error)) return undefined;
    throw error;
  });
  const deployments = (await host?.deployments(signal)) ?? [];
  const deployment = deployments.find(({ staged }) => staged);
  const staged = host && deployment && { host, deployment };
  if (namedRoot === undefined) {
    if (host === undefined) {
      throw noDeployments({ hint: 'name the root', reason: { kind: 'no-deployments' } });
    }
    return staged && { id: staged.deployment.id, root: staged.deployment.root, staged };
  }
  const root = realPath(namedRoot);
  if (staged !== undefined && realPath(staged.deployment.root) === root) {
    return { id: staged.deployment.id, root, staged };
  }
  return { id: root, root, staged: undefined };
}

const holdLimitMs = 60_000;

/**
 * Holds a target; null where there is nothing to hold. It takes a moment and is the point of it all, so it is not
 * stopped with the rest.
 *
 * @throws BoundImagesError `deployment`, or `busy` while an updater is at work; it may be held then.
 */
export async function hold({ id, staged }: Pick<Target, 'id' | 'staged'>): Promise<HoldOutcome | null> {
  if (staged === undefined) return null;
  const limit = AbortSignal.timeout(holdLimitMs);
  try {
    return await staged.host.hold(staged.deployment, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new BoundImagesError('busy', `${id} cannot be held: ostree has not ended in a minute`, {
      hint: 'see which program is at work on the deployments, for example an updater',
      cause: error,
    });
  }
}

/** The host, where it is asked for its deployments. @throws BoundImagesError `unsupported-host`. */
export async function requireHost(findHost: FindHost, signal: AbortSignal): Promise<DeploymentHost> {
  const host = await findHost(signal);
  if (host === undefined) throw noDeployments();
  return host;
}

/**
 * The roots to read a deployment with. Finalization gives the staged one its `/etc`; that of every other one is made
 * already, and nothing of the running system's comes into it.
 */
export function rootsOf(
  { root, staged }: Pick<Deployment, 'root' | 'staged'>,
  { currentRoot }: Pick<RootInput, 'currentRoot'>,
): Pick<RootInput, 'root' | 'currentRoot'> {
  return { root, currentRoot: staged ? currentRoot : root };
}

/** @param advice of whoever can do without: the others have nothing to name */
function noDeployments(advice: { hint?: string; reason?: Reason } = {}): BoundImagesError {
  return new BoundImagesError(
    'unsupported-host',
    'this needs an ostree host, and this machine was not booted by ostree',
    advice,
  );
}

function isUnsupported(error: unknown): boolean {
  return error instanceof BoundImagesError && error.code === 'unsupported-host';
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Whoever reads it says what is wrong with it.
    return path;
  }
}
