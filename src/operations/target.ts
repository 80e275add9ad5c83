import { realpathSync } from 'node:fs';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { LockOutcome } from '../tools/ostree/finalization-lock.js';
import { type DeploymentHost, findHost } from '../tools/ostree/host.js';
import type { Trace } from '../tools/process/run.js';

/** The root that is to become bootable. */
export interface Target {
  /** The deployment's ID; of a root that is none, its path. */
  readonly id: string;
  readonly root: string;
  /** What can be locked; undefined for a root that is not the staged deployment of this host. */
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
  signal: AbortSignal,
  trace?: Trace,
): Promise<Target | undefined> {
  const host = await findHost(signal, trace).catch((error: unknown) => {
    if (namedRoot !== undefined && isUnsupported(error)) return undefined;
    throw error;
  });
  const deployments = (await host?.deployments(signal)) ?? [];
  const deployment = deployments.find(({ staged }) => staged);
  const staged = host && deployment && { host, deployment };
  if (namedRoot === undefined) {
    if (host === undefined) throw noDeployments();
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
export async function hold({ id, staged }: Target): Promise<LockOutcome | null> {
  if (staged === undefined) return null;
  const limit = AbortSignal.timeout(holdLimitMs);
  try {
    return await staged.host.lock(staged.deployment, limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new BoundImagesError('busy', `${id} cannot be held: ostree has not ended in a minute`, {
      hint: 'see which program is at work on the deployments, for example an updater',
      cause: error,
    });
  }
}

export function noDeployments(): BoundImagesError {
  return new BoundImagesError(
    'unsupported-host',
    'this machine was not booted by ostree, so it has no deployments',
    {
      hint: 'name the new root with --root, and what makes it bootable behind --',
    },
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
