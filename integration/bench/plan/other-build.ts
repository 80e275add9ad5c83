import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../support/exec.js';
import { type Cleanup, tempDir } from '../../support/temp.js';

/** Builds the program as it was in a commit, with the packages of this checkout, and returns its `cli.js`. */
export async function buildOf(revision: string, checkout: string, cleanup: Cleanup): Promise<string> {
  const directory = await tempDir(cleanup);
  const archive = join(directory, '.source.tar');
  await execOk('git', ['-C', checkout, 'archive', '--output', archive, revision]);
  await execOk('tar', ['-x', '-C', directory, '-f', archive]);
  await symlink(join(checkout, 'node_modules'), join(directory, 'node_modules'));
  await execOk(process.execPath, ['build.config.mjs'], { cwd: directory });
  return join(directory, 'dist/cli.js');
}
