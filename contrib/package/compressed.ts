import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';

/** Compresses the executables that are there, for those who download one. */
export async function compressed(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => /-linux-\w+$/.test(name)).sort();
  // One thread each: with more, blocks are smaller, and so the file is larger.
  const args = ['--keep', '--force', '-9', '--threads=1'];
  await Promise.all(names.map((name) => execOk('xz', [...args, join(directory, name)])));
}
