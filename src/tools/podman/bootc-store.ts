import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../../model/error.js';
import { errnoCode, errnoReason } from '../../text/errno.js';
import type { Preparation } from '../process/mounts.js';
import type { Store } from './store.js';

/**
 * Where bootc keeps its own store; on hosts with its composefs backend, a link on the way leads to where that has it.
 * Source: bootc crates/lib/src/podstorage.rs, `CStorage::subpath`.
 */
const bootcStoreDirectory = '/sysroot/ostree/bootc/storage';

/** Read-only on most hosts, by its mount alone. */
const sysroot = '/sysroot';

/** Where each podman of bootc sees it, and below which, outside, what it has for this boot lies (`STORAGE_ALIAS_DIR`). */
const alias = '/run/bootc/storage';

/**
 * Says of an SELinux host that bootc has labelled the store: what lies in it before that has labels which no container
 * may read. Without SELinux bootc makes no such file. Source: `LABELED` and `ensure_labeled` there.
 */
const stamp = '.bootc_labeled';
const selinux = '/sys/fs/selinux/enforce';

/**
 * The store as bootc itself starts podman on it (`bind_storage_roots` there): in a mount namespace of its own the store is
 * mounted over the directory of its run root, which stays open as descriptor 3. podman writes both paths into its
 * database, and refuses a store in which others are written than it is given.
 *
 * @param home where this program keeps what it remembers of the store
 */
export function bootcStore(home: string): Store {
  const elsewhere = { directory: bootcStoreDirectory, home, prepare };
  return { root: alias, runroot: '/proc/self/fd/3', elsewhere };
}

function prepare(): readonly Preparation[] {
  return [
    { descriptor: alias },
    ...(isReadOnly(bootcStoreDirectory) ? [{ writable: sysroot }] : []),
    { from: bootcStoreDirectory, to: alias },
  ];
}

function isReadOnly(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return false;
  } catch (error) {
    return errnoCode(error) === 'EROFS';
  }
}

/**
 * Makes sure that there is bootc's store to work on, and the directory of its run root, which goes with every boot. The
 * store itself is bootc's to make: it gives it its labels, and puts it in place as a whole.
 *
 * @throws BoundImagesError `store` where it is not there, or not labelled yet; `usage` for other users than root.
 */
export function requireBootcStore(): void {
  if (process.geteuid?.() !== 0) {
    throw new BoundImagesError('usage', 'the store of bootc is root’s', { hint: 'run it as root' });
  }
  const problem = bootcStoreProblem();
  if (problem !== undefined) throw new BoundImagesError('store', problem, { hint: makeIt });
  try {
    mkdirSync(alias, { recursive: true });
  } catch (error) {
    throw new BoundImagesError('store', `${alias} cannot be made: ${errnoReason(error)}`, {
      hint: 'bootc mounts its store there: see what is in its place',
    });
  }
}

const makeIt = 'start “bootc image cmd list” once: bootc makes its store and labels it';

/** Whether `requireBootcStore` finds nothing wrong with it. */
export function hasBootcStore(): boolean {
  return process.geteuid?.() === 0 && bootcStoreProblem() === undefined;
}

/** Why nobody but bootc may work on its store yet; `undefined` where there is no reason. */
function bootcStoreProblem(): string | undefined {
  const absent = `bootc has not made its store yet, ${bootcStoreDirectory}`;
  try {
    if (!statSync(bootcStoreDirectory).isDirectory()) return `${bootcStoreDirectory} is no directory`;
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
    return `the store of bootc cannot be looked at: ${errnoReason(error)}`;
  }
  // It is made by a podman that is told to list its images.
  if (!existsSync(join(bootcStoreDirectory, 'storage.lock'))) return absent;
  const isLabelled = !existsSync(selinux) || existsSync(join(bootcStoreDirectory, stamp));
  return isLabelled ? undefined : `bootc has not labelled its store for SELinux yet, ${bootcStoreDirectory}`;
}
