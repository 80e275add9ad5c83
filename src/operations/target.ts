import { realpathSync } from 'node:fs';
import { type Deployment, isPrepared } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { DeploymentHost, FindHost, HoldOutcome } from '../model/ports.js';
import type { Reason } from '../model/reason.js';
import type { RootInput } from './inputs.js';

/** The root that is to become bootable, or the running one by a soft reboot. */
export interface Target {
  /** The deployment's ID; of a root that is none, its path. */
  readonly id: string;
  readonly root: string;
  /** As it was found; undefined for a root that is neither staged nor prepared for a soft reboot on this host. */
  readonly own: OwnDeployment | undefined;
  /** The same where it is staged, which is what can be held. */
  readonly staged: OwnDeployment | undefined;
}

interface OwnDeployment {
  readonly host: DeploymentHost;
  readonly deployment: Deployment;
}

/**
 * The staged deployment of this host, or else the one that is prepared for a soft reboot, of which there is none besides
 * (ostree-sysroot-deploy.c, `ostree_sysroot_deployment_set_soft_reboot`); or the root that was named instead, which may
 * be the same. `undefined` when there is neither.
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
  const deployment = deployments.find(({ staged }) => staged) ?? deployments.find(isPrepared);
  const own = host && deployment && targetOf(host, deployment);
  if (namedRoot === undefined) {
    if (host === undefined) {
      throw noDeployments({ hint: 'name the root', reason: { kind: 'no-deployments' } });
    }
    return own;
  }
  const root = realPath(namedRoot);
  if (own !== undefined && realPath(own.root) === root) return { ...own, root };
  return { id: root, root, own: undefined, staged: undefined };
}

function targetOf(host: DeploymentHost, deployment: Deployment): Target {
  const own = { host, deployment };
  const { id, root, staged } = deployment;
  return { id, root, own, staged: staged ? own : undefined };
}

const holdLimitMs = 60_000;

/**
 * Holds a target; null where there is nothing to hold. It takes a moment and is the point of it all, so it is not
 * stopped with the rest. A soft reboot does not heed it: see `keepOut`.
 *
 * @throws BoundImagesError `deployment`, or `busy` while an updater is at work; it may be held then.
 */
export async function hold({ id, staged }: Pick<Target, 'id' | 'staged'>): Promise<HoldOutcome | null> {
  if (staged === undefined) return null;
  return await inAMinute(`${id} cannot be held`, (limit) => staged.host.hold(staged.deployment, limit));
}

/**
 * Ends that a target is prepared for a soft reboot, and returns whether it was. It is not prepared again: whoever did
 * that is told.
 *
 * @throws BoundImagesError as `hold` does.
 */
export async function clearSoftReboot(
  { id, own }: Pick<Target, 'id' | 'own'>,
  observe: Observe,
): Promise<boolean> {
  if (own === undefined) return false;
  const wasPrepared = await inAMinute(`${id} cannot be kept from a soft reboot`, (limit) =>
    own.host.clearSoftReboot({ id }, limit),
  );
  if (wasPrepared) {
    const text = `${id} was prepared for a soft reboot, and is no longer: not all of its images are known to be there. Prepare it again once they are`;
    observe({ kind: 'note', level: 'warning', text });
  }
  return wasPrepared;
}

/** A target without which it must not go on: held, and not prepared for a soft reboot. @throws BoundImagesError. */
export async function keepOut(
  target: Pick<Target, 'id' | 'own' | 'staged'>,
  observe: Observe,
): Promise<{ readonly held: HoldOutcome | null; readonly wasPrepared: boolean }> {
  // Whatever comes of the one, the other is done.
  const cleared = await clearSoftReboot(target, observe).then(
    (wasPrepared) => ({ wasPrepared }),
    (error: unknown) => ({ error }),
  );
  const held = await hold(target);
  if ('error' in cleared) throw cleared.error;
  return { held, ...cleared };
}

async function inAMinute<T>(what: string, task: (limit: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(holdLimitMs);
  try {
    return await task(limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new BoundImagesError('busy', `${what}: ostree has not ended in a minute`, {
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

/** The same for a target, of which all but a deployment that is not staged becomes the next boot of the running system. */
export function rootsOfTarget<T extends Omit<RootInput, 'root'>>(
  { root, own }: Pick<Target, 'root' | 'own'>,
  input: T,
): T & RootInput {
  return { ...input, ...rootsOf({ root, staged: own?.deployment.staged ?? true }, input) };
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
