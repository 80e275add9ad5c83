import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

// A user's PATH often lacks the sbin directories, where Debian keeps some of the programs.
const systemDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * Returns the path of the first of `names` that is installed.
 * @throws Error naming them all when none is.
 */
export async function findProgram(...names: readonly string[]): Promise<string> {
  const directories = [...(process.env.PATH ?? '').split(':').filter(Boolean), ...systemDirectories];
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  throw new Error(`None of these programs is installed: ${names.join(', ')}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
