import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, execOk } from './exec.js';
import { unmountBelow } from './mounts.js';
import { newTempDir } from './temp.js';

/** A disk with an ext4 of its own, from which the power can be taken. */
export type CutDisk = {
  /** Where it is mounted, before and after. */
  readonly path: string;
  /**
   * Takes the power: what is on the disk at this moment is what is there afterwards, in a boot of its own. Nobody works
   * on it. Whatever the kernel had in memory only is lost.
   */
  readonly cut: () => Promise<void>;
  /** What becomes a command line of the boot since the last cut. */
  readonly inThisBoot: readonly string[];
  readonly remove: () => Promise<void>;
};

const mountOptions = ['-o', 'loop'];
/** The kernel may write out what it has while the disk is copied. */
const mostCopies = 50;

/** Makes a disk of that size, of which only what is written takes room. */
export async function newCutDisk(sizeBytes: number): Promise<CutDisk> {
  const temp = await newTempDir();
  const [image, copy, again] = ['disk', 'copy', 'again'].map((name) => join(temp.path, name));
  const path = join(temp.path, 'mounted');
  const bootId = join(temp.path, 'boot-id');
  const remove = async () => {
    await unmountBelow(path);
    await temp.remove();
  };
  const copyTo = (to: string) => execOk('cp', ['--sparse=always', '--', image ?? '', to]);
  try {
    await mkdir(path);
    await writeFile(bootId, `${randomUUID()}\n`);
    await execOk('truncate', ['--size', String(sizeBytes), image ?? '']);
    await execOk('mkfs.ext4', ['-q', image ?? '']);
    await execOk('mount', [...mountOptions, image ?? '', path]);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    path,
    inThisBoot: [
      ...['unshare', '--mount', 'sh', '-c'],
      // podman notes there in which boot it is.
      'mkdir -p /run/libpod && mount -t tmpfs tmpfs /run/libpod && ' +
        'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"',
      bootId,
    ],
    cut: async () => {
      await copyTo(copy ?? '');
      // Two copies that are alike are the disk at one moment.
      for (let copies = 1; ; copies += 1) {
        await copyTo(again ?? '');
        if ((await exec('cmp', ['--quiet', copy ?? '', again ?? ''])).exitCode === 0) break;
        if (copies === mostCopies) throw new Error('the disk never stands still');
        await rename(again ?? '', copy ?? '');
      }
      await unmountBelow(path);
      await rm(image ?? '');
      await rm(again ?? '');
      await rename(copy ?? '', image ?? '');
      await execOk('mount', [...mountOptions, image ?? '', path]);
      await writeFile(bootId, `${randomUUID()}\n`);
    },
    remove,
  };
}
