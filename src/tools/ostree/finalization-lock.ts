import {
  type Deployment,
  deploymentId,
  deploymentRoot,
  type ListedDeployment,
} from '../../model/deployment.js';
import type { HoldOutcome, ReleaseOutcome } from '../../model/ports.js';
import { claimLockFile, createLockFile, readLockFile, removeLockFile } from './lock-file.js';
import type { OstreeAdmin } from './ostree.js';

/** How to read and to change the lock of what is staged. */
export interface LockTools {
  /** As the deployments are listed. */
  list(signal: AbortSignal): Promise<readonly ListedDeployment[]>;
  readonly setLock: OstreeAdmin['setLock'];
  /** Path of libostree's lock file. */
  readonly file: string;
}

/** What a listed deployment is, with all that is known about its lock. */
export function withHolder({ locked, ...listed }: ListedDeployment, file: string): Deployment {
  const id = deploymentId(listed);
  const deployment = { ...listed, id, root: deploymentRoot(listed) };
  if (!listed.staged) return { ...deployment, heldBy: null };
  const found = readLockFile(file);
  if (found.kind === 'ours' && found.deployment === id) return { ...deployment, heldBy: 'ours' };
  return { ...deployment, heldBy: locked || found.kind !== 'absent' ? 'theirs' : null };
}

/**
 * Locks the finalization of the staged deployment `id`.
 *
 * The lock says itself whose it is: the file comes first, with the ID in it, and then libostree writes the lock into
 * the deployment's own data. A run that dies between the two has locked, and the next one knows the lock as ours.
 *
 * @throws BoundImagesError `deployment`; it may be locked then.
 */
export async function lockFinalization(
  id: string,
  { list, setLock, file }: LockTools,
  signal: AbortSignal,
): Promise<HoldOutcome> {
  const staged = await findStaged(list, signal);
  if (staged?.id !== id) return 'not-staged';
  const found = readLockFile(file);
  const isMarked = found.kind === 'ours' && found.deployment === id;
  if (staged.locked) return isMarked ? 'ours' : 'theirs';
  if (found.kind === 'theirs') return 'theirs';
  if (found.kind === 'absent') {
    if (!createLockFile(file, id)) return 'theirs';
  } else if (!isMarked) {
    // Before 2023.7 libostree leaves the file when another deployment is staged in place of the one it was for. A
    // lock with which that other one was staged is then the same file, and cannot be told from what is left of ours.
    claimLockFile(file, id);
  }
  const change = await setLock(true, signal);
  if (change === 'unchanged' || change === 'not-staged') {
    removeLockFile(file, id);
    return change === 'unchanged' ? 'theirs' : 'not-staged';
  }
  const now = await findStaged(list, signal);
  // It is seen to be staged before libostree has removed the file of the one before, which may then have been this one;
  // the lock that we asked for has made another.
  if (now?.id === id && change === 'changed' && readLockFile(file).kind === 'theirs') claimLockFile(file, id);
  return settle(id, now, file);
}

/**
 * What was locked, if another deployment may have been staged meanwhile: libostree locks whatever is staged. With the
 * replaced one it removed the file, so a file that is there now was made by the lock that we asked for.
 */
function settle(id: string, staged: Staged | undefined, file: string): HoldOutcome {
  if (staged?.id === id) return 'ours';
  if (staged === undefined) removeLockFile(file, id);
  else if (readLockFile(file).kind !== 'absent') claimLockFile(file, staged.id);
  return 'not-staged';
}

/**
 * Unlocks the staged deployment `id` if the lock is ours.
 *
 * @throws BoundImagesError `deployment`; it may still be locked then.
 */
export async function unlockFinalization(
  id: string,
  { list, setLock, file }: LockTools,
  signal: AbortSignal,
): Promise<ReleaseOutcome> {
  const staged = await findStaged(list, signal);
  if (staged?.id !== id) return 'not-staged';
  const found = readLockFile(file);
  if (found.kind !== 'ours' || found.deployment !== id) {
    return staged.locked || found.kind !== 'absent' ? 'theirs' : 'released';
  }
  const change = await setLock(false, signal);
  if (change === 'not-staged') return 'not-staged';
  // libostree removes it only where it finds a lock in the deployment's own data.
  removeLockFile(file, id);
  return 'released';
}

interface Staged {
  readonly id: string;
  /** In the deployment's own data. */
  readonly locked: boolean;
}

async function findStaged(list: LockTools['list'], signal: AbortSignal): Promise<Staged | undefined> {
  const staged = (await list(signal)).find((deployment) => deployment.staged);
  return staged && { id: deploymentId(staged), locked: staged.locked };
}
