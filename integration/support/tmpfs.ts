import { execOk } from './exec.js';
import { unmountBelow } from './mounts.js';
import { newTempDir } from './temp.js';

/** A small file system of its own, to be filled or made read-only. */
export type Tmpfs = {
  readonly path: string;
  readonly makeReadOnly: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Mounts a tmpfs of the given size on a temporary directory. */
export async function mountTmpfs(sizeBytes: number): Promise<Tmpfs> {
  const temp = await newTempDir();
  const remove = async () => {
    await unmountBelow(temp.path);
    await temp.remove();
  };
  try {
    await execOk('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=0755`, 'tmpfs', temp.path]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    path: temp.path,
    makeReadOnly: async () => {
      await execOk('mount', ['-o', 'remount,ro', temp.path]);
    },
    remove,
  };
}
