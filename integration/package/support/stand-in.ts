import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstalledTree, installedTree } from '../../../contrib/package/tree.js';
import { words } from '../../../contrib/package/words.js';
import { cliFile } from '../../support/cli.js';
import { type Cleanup, tempDir } from '../../support/temp.js';

/** A script in place of the executable, which is there at once and small. It starts what this machine has built. */
export async function standInExecutable(cleanup: Cleanup): Promise<string> {
  const file = join(await tempDir(cleanup), 'bound-images');
  await writeFile(file, `#!/bin/sh\nexec ${process.execPath} ${cliFile} "$@"\n`, { mode: 0o755 });
  return file;
}

/** What is installed, with that executable and of that version. */
export function testedTree(executable: string, version: string): InstalledTree {
  return { ...installedTree({ executable, ...words(), notices: 'none\n' }), version };
}

/** What the next release installs, to upgrade to. */
export async function nextTree(cleanup: Cleanup): Promise<InstalledTree> {
  return testedTree(await standInExecutable(cleanup), '99.0.0');
}
